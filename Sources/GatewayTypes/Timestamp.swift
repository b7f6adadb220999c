/// Points in time as text.
public enum Timestamp {
    /// RFC 3339 in UTC with milliseconds: `2026-11-22T17:44:01.042Z`. Years 0 … 9999.
    public static func text(_ time: WallTime) -> String {
        let milliseconds = floorDivide(time.nanoseconds, 1_000_000)
        let seconds = floorDivide(milliseconds, 1_000)
        let days = floorDivide(seconds, 86_400)
        let ofDay = Int(seconds - days * 86_400)
        let date = CalendarDate(daysSince1970: days)
        let parts: InlineArray<7, (value: Int, digits: Int, end: UInt8)> = [
            (date.year, 4, UInt8(ascii: "-")), (date.month, 2, UInt8(ascii: "-")), (date.day, 2, UInt8(ascii: "T")),
            (ofDay / 3_600, 2, UInt8(ascii: ":")), (ofDay / 60 % 60, 2, UInt8(ascii: ":")),
            (ofDay % 60, 2, UInt8(ascii: ".")), (Int(milliseconds - seconds * 1_000), 3, UInt8(ascii: "Z")),
        ]
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var position = 0
            for part in parts.indices {
                put(parts[part].value, parts[part].digits, into: buffer, at: position)
                position += parts[part].digits
                buffer[position] = parts[part].end
                position += 1
            }
            return position
        }
    }

    private static func put(_ value: Int, _ digits: Int, into buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int)
    {
        var rest = value
        for position in (start..<start + digits).reversed() {
            buffer[position] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}
