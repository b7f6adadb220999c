/// Italy, codice fiscale: six letters, year, month and day, place, check letter (DM 23/12/1976).
enum ItalianCode {
    static func isValid(_ text: Span<UInt8>, _ start: Int) -> Bool {
        let odd: [UInt8] = [
            1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
        ]
        for index in start..<start + 6 where !text[index].isLetter { return false }
        guard text[start + 8].isLetter, text[start + 11].isLetter, text[start + 15].isLetter,
            isDigit(text[start + 6]), isDigit(text[start + 7]), isDigit(text[start + 9]), isDigit(text[start + 10])
        else { return false }
        // All capitals; or small letters, and then with real digits.
        let isUpper = text[start].isUpper
        for index in start..<start + 16 where text[index].isLetter && text[index].isUpper != isUpper { return false }
        if !isUpper,
            !text[start + 6].isDigit || !text[start + 7].isDigit || !text[start + 9].isDigit
                || !text[start + 10].isDigit
        {
            return false
        }
        var sum = 0
        for offset in 0..<15 {
            let byte = text[start + offset].uppercased
            let place = byte.isDigit ? Int(byte - 48) : Int(byte - 65)
            sum += offset % 2 == 0 ? Int(odd[place]) : place
        }
        return Int(text[start + 15].uppercased - 65) == sum % 26
    }

    /// A digit, or the letter that stands for it where two people would have the same code.
    private static func isDigit(_ byte: UInt8) -> Bool {
        let letters: StaticString = "LMNPQRSTUV"
        if byte.isDigit { return true }
        for index in 0..<10 where letters.utf8Start[index] == byte.uppercased { return true }
        return false
    }
}
