import GatewayTypes
import JSON
import NIOCore
import Synchronization

/// The files that were uploaded, a bounded number of them: the one thing that the simulator keeps.
final class FileShelf: Sendable {
    struct File {
        let id: String
        let name: String
        let purpose: String
        let content: ByteBuffer
    }

    private let files = Mutex<[File]>([])
    private static let filesMax = 32
    /// Bytes of all files.
    private static let bytesMax = 16 << 20

    /// The id follows from the content.
    func put(_ content: ByteBuffer, name: String, purpose: String, seed: UInt64) -> File {
        let digest = content.withUnsafeReadableBytes { Mix.digest($0, seed: seed) }
        let file = File(id: "file-" + Hex.text(digest), name: name, purpose: purpose, content: content)
        files.withLock { files in
            files.removeAll { $0.id == file.id }
            files.append(file)
            while files.count > Self.filesMax
                || files.count > 1 && files.reduce(0, { $0 + $1.content.readableBytes }) > Self.bytesMax
            {
                files.removeFirst()
            }
        }
        return file
    }

    subscript(id: String) -> File? { files.withLock { files in files.first { $0.id == id } } }
    var all: [File] { files.withLock { $0 } }
}

extension FileShelf.File {
    var json: String {
        #"{"id":"\#(id)","object":"file","bytes":\#(content.readableBytes),"created_at":1767225600,"#
            + #""filename":\#(name.json),"purpose":\#(purpose.json),"status":"processed"}"#
    }

    /// The lines that hold something, as ranges of the content.
    var lines: [ByteBuffer] {
        content.readableBytesView.split(separator: 10).filter { $0.count > 1 }.map { ByteBuffer($0) }
    }

    /// The batch over this file: done as soon as anybody looks again.
    func batch(isNew: Bool) -> String {
        let count = lines.count
        let output = isNew ? "" : #""output_file_id":"file-out-\#(id.dropFirst(5))","completed_at":1767225601,"#
        return
            #"{"id":"batch_\#(id.dropFirst(5))","object":"batch","endpoint":"/v1/chat/completions","input_file_id":"\#(id)","#
            + #""completion_window":"24h","status":"\#(isNew ? "validating" : "completed")",\#(output)"created_at":1767225600,"#
            + #""request_counts":{"total":\#(count),"completed":\#(isNew ? 0 : count),"failed":0},"metadata":null}"#
    }
}
