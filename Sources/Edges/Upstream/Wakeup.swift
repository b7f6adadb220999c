import CCurl
import Glibc
import NIOCore
import NIOPosix

/// Makes an epoll descriptor an event source of a loop that cannot watch foreign descriptors: an eventfd that the loop
/// reads as a pipe counts up when the epoll descriptor becomes readable. Confined to the loop.
final class Wakeup: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private enum Source {
        case bridge(UnsafeMutablePointer<weir_bridge>)
        case thread(WaiterThread)
    }

    private let watched: Int32
    private let eventDescriptor: Int32
    private var source: Source
    private var channel: (any Channel)?
    private var onWake: (() -> Void)?

    /// Nil when the system gives neither an eventfd nor a thread.
    init?(watching watched: Int32, _ waking: UpstreamSettings.Waking) {
        let descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.watched = watched
        eventDescriptor = descriptor
        if waking == .automatic, let bridge = weir_bridge_open(watched, descriptor) {
            source = .bridge(bridge)
        } else if let thread = WaiterThread(watching: watched, poking: descriptor) {
            source = .thread(thread)
        } else {
            close(descriptor)
            return nil
        }
    }

    var usesThread: Bool {
        switch source {
        case .bridge: false
        case .thread: true
        }
    }

    /// Begins to call `onWake` on `loop`, once for each time that something became ready.
    func attach(to loop: any EventLoop, onWake: @escaping () -> Void) -> EventLoopFuture<Void> {
        self.onWake = onWake
        let handler = NIOLoopBound(self, eventLoop: loop)
        return NIOPipeBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8))
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(handler.value)
                }
            }
            .takingOwnershipOfDescriptor(input: eventDescriptor)
            .map { channel in
                handler.value.channel = channel
                handler.value.arm()
            }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        onWake?()
        // After the work: arming looks at the state of this moment, so nothing that came meanwhile is lost.
        if channel != nil { arm() }
    }

    /// Ends it; completes when the eventfd is closed.
    func shutDown(on loop: any EventLoop) -> EventLoopFuture<Void> {
        onWake = nil
        switch source {
        case .bridge(let bridge): weir_bridge_close(bridge)
        case .thread(let thread): thread.stop()
        }
        guard let channel else {
            close(eventDescriptor)
            return loop.makeSucceededVoidFuture()
        }
        self.channel = nil
        return channel.close()
    }

    private func arm() {
        switch source {
        case .bridge(let bridge):
            guard weir_bridge_arm(bridge) == 0 else { return }
            // Set-up may be allowed and submission not; from here on a thread waits.
            guard let thread = WaiterThread(watching: watched, poking: eventDescriptor) else { return }
            weir_bridge_close(bridge)
            source = .thread(thread)
            thread.arm()
        case .thread(let thread): thread.arm()
        }
    }
}
