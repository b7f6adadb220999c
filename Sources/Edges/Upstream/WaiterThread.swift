import CCurl
import Glibc

/// Waits for a descriptor to become readable and then counts an eventfd up: what `weir_bridge` does without a thread,
/// for kernels that refuse it.
final class WaiterThread: @unchecked Sendable {
    // Sound: the thread only reads the three descriptors, which do not change; `thread` is touched by the owner alone.
    private let watched: Int32
    private let poked: Int32
    /// Counts the requests to wait; `stopping` added to it ends the thread.
    private let control: Int32
    private var thread = pthread_t()

    private static let stopping: UInt64 = 1 << 32

    init?(watching watched: Int32, poking poked: Int32) {
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.watched = watched
        self.poked = poked
        control = descriptor
        // The thread holds a reference of its own until it ends.
        let context = Unmanaged.passRetained(self)
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<WaiterThread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            return nil
        }
    }

    deinit { close(control) }

    /// Asks for one poke, at once if the descriptor is readable already.
    func arm() { eventfd_write(control, 1) }

    /// Ends the thread; returns when it has ended.
    func stop() {
        eventfd_write(control, Self.stopping)
        pthread_join(thread, nil)
    }

    private func run() {
        while awaitOrder() {
            var descriptors = [
                pollfd(fd: watched, events: Int16(POLLIN), revents: 0),
                pollfd(fd: control, events: Int16(POLLIN), revents: 0),
            ]
            while Glibc.poll(&descriptors, 2, -1) < 0 && errno == EINTR {}
            // An order that came meanwhile is taken up by the next turn.
            if descriptors[0].revents != 0 { eventfd_write(poked, 1) }
        }
    }

    /// False when the thread is to end.
    private func awaitOrder() -> Bool {
        var value: eventfd_t = 0
        while eventfd_read(control, &value) != 0 {
            guard errno == EINTR else { return false }
        }
        return value < Self.stopping
    }
}
