import Compression
import NIOCore
import Testing

@Suite struct GzipTests {
    private let text = Array(String(repeating: "a weir measures a river; ", count: 4_000).utf8)

    @Test(arguments: [0, 1, 6, 9, 40])
    func `What was compressed comes back at every level`(level: Int) throws {
        let packed = try Gzip.compress(text, level: level)
        #expect(packed.count < text.count / 10)
        #expect(try Gzip.decompress(packed, bytesMax: text.count) == text)
    }

    @Test func `Nothing compresses to a member that holds nothing`() throws {
        let packed = try Gzip.compress([])
        #expect(packed.starts(with: [0x1F, 0x8B]))
        #expect(try Gzip.decompress(packed, bytesMax: 0) == [])
    }

    @Test func `One byte over the limit is refused`() throws {
        let packed = try Gzip.compress(text)
        #expect(throws: GzipError.tooLarge(bytesMax: text.count - 1)) {
            try Gzip.decompress(packed, bytesMax: text.count - 1)
        }
    }

    @Test func `A bomb is refused after its limit and not at its end`() throws {
        let packed = try Gzip.compress([UInt8](repeating: 0, count: 50_000_000))
        #expect(throws: GzipError.tooLarge(bytesMax: 1_000)) { try Gzip.decompress(packed, bytesMax: 1_000) }
    }

    @Test func `Damage, truncation, trailing bytes and plain text are refused`() throws {
        let packed = try Gzip.compress(text)
        var damaged = packed
        damaged[packed.count / 2] ^= 0xFF
        for bad in [damaged, Array(packed.dropLast()), packed + [1, 2, 3], Array("hello".utf8), []] {
            #expect(throws: GzipError.corrupt) { try Gzip.decompress(bad, bytesMax: 1_000_000) }
        }
    }

    @Test func `Two members in a row are one content`() throws {
        let packed = try Gzip.compress(Array("one ".utf8)) + Gzip.compress(Array("two".utf8))
        #expect(try Gzip.decompress(packed, bytesMax: 100) == Array("one two".utf8))
    }

    @Test func `Fed byte by byte the content is the same`() throws {
        let packed = try Gzip.compress(text)
        let inflater = try GzipInflater(bytesMax: text.count)
        var content: [UInt8] = []
        for byte in packed { content += Array(buffer: try inflater.inflate(ByteBuffer(bytes: [byte]))) }
        #expect(content == text)
        #expect(inflater.isComplete)
    }
}
