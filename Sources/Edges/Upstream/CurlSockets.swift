import CCurl
import Glibc

/// libcurl's multi handle and the epoll descriptor that its sockets are watched by. Confined to the loop.
final class CurlSockets {
    /// What is known of one descriptor; the table's index is the descriptor.
    private struct Watch {
        /// What epoll was told.
        var registered: UInt32 = 0
        /// What libcurl asks for at present.
        var wanted: UInt32 = 0
        /// Opened through our callback, and so closed through it.
        var owned = false
    }

    /// Connections that are open, in use or pooled.
    private(set) var openCount = 0
    let multi: UnsafeMutableRawPointer
    let epoll: Int32
    /// When libcurl wants to be called for its timers, in milliseconds from the moment it said so; nil: not at all.
    private(set) var timerMilliseconds: Int?
    /// Set when `timerMilliseconds` was, until somebody has read it.
    var timerChanged = false
    private var isShutDown = false
    /// Descriptors of others that are watched beside libcurl's, and what to call when they are ready.
    private var guests: [Int32: () -> Void] = [:]
    private var watches = [Watch](repeating: Watch(), count: 64)
    private var events = [epoll_event](repeating: epoll_event(), count: 64)

    /// Nil when the system gives no descriptor or memory.
    init?(_ settings: UpstreamSettings) {
        guard let multi = curl_multi_init() else { return nil }
        epoll = epoll_create1(Int32(O_CLOEXEC))
        guard epoll >= 0 else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.multi = multi
        let context = Unmanaged.passUnretained(self).toOpaque()
        weir_multi_set_number(multi, CURLMOPT_MAXCONNECTS, settings.connectionsMax)
        weir_multi_set_number(multi, CURLMOPT_MAX_HOST_CONNECTIONS, settings.connectionsPerHostMax)
        weir_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
        weir_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
        weir_multi_set_socket_callback(multi) { _, descriptor, what, context, _ in
            context.map { Unmanaged<CurlSockets>.fromOpaque($0).takeUnretainedValue().watch(descriptor, what) }
            return 0
        }
        weir_multi_set_timer_callback(multi) { _, milliseconds, context in
            context.map {
                let sockets = Unmanaged<CurlSockets>.fromOpaque($0).takeUnretainedValue()
                sockets.timerMilliseconds = milliseconds < 0 ? nil : milliseconds
                sockets.timerChanged = true
            }
            return 0
        }
    }

    /// Closes the pooled connections. Every easy handle must be gone; nothing else may be called afterwards.
    func shutDown() {
        guard !isShutDown else { return }
        isShutDown = true
        curl_multi_cleanup(multi)
        close(epoll)
    }

    deinit { shutDown() }

    // MARK: Turning

    /// Hands libcurl every socket that is ready.
    func handleReadySockets() {
        while true {
            let count = Int(epoll_wait(epoll, &events, Int32(events.count), 0))
            guard count > 0 else { return }
            for position in 0..<count {
                let event = events[position]
                handle(event.data.fd, event.events)
            }
            if count < events.count { return }
        }
    }

    /// Lets libcurl do what its timers say.
    func handleTimers() {
        timerMilliseconds = nil
        var running: Int32 = 0
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running)
    }

    /// The next transfer that has ended.
    func nextFinished() -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            return (easy, message.pointee.data.result)
        }
        return nil
    }

    private func handle(_ descriptor: Int32, _ ready: UInt32) {
        if !guests.isEmpty, let guest = guests[descriptor] { return guest() }
        guard Int(descriptor) < watches.count else { return }
        let watch = watches[Int(descriptor)]
        guard watch.wanted != 0 else {
            // A pooled connection that nobody uses: most likely the peer closed it. libcurl finds out before using it.
            weir_epoll_set(epoll, EPOLL_CTL_DEL, descriptor, 0)
            watches[Int(descriptor)].registered = 0
            return
        }
        var mask: Int32 = 0
        if ready & EPOLLIN.rawValue != 0 { mask |= CURL_CSELECT_IN }
        if ready & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
        if ready & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(multi, descriptor, mask, &running)
    }

    // MARK: Watching

    /// Calls `action` in `handleReadySockets` while `descriptor` is readable.
    func host(_ descriptor: Int32, _ action: @escaping () -> Void) {
        guests[descriptor] = action
        weir_epoll_set(epoll, EPOLL_CTL_ADD, descriptor, EPOLLIN.rawValue)
    }

    func dismiss(_ descriptor: Int32) {
        guard guests.removeValue(forKey: descriptor) != nil, !isShutDown else { return }
        weir_epoll_set(epoll, EPOLL_CTL_DEL, descriptor, 0)
    }

    private func watch(_ descriptor: Int32, _ what: Int32) {
        ensureRoom(descriptor)
        let index = Int(descriptor)
        switch what {
        case CURL_POLL_IN: watches[index].wanted = EPOLLIN.rawValue
        case CURL_POLL_OUT: watches[index].wanted = EPOLLOUT.rawValue
        case CURL_POLL_INOUT: watches[index].wanted = EPOLLIN.rawValue | EPOLLOUT.rawValue
        default: watches[index].wanted = 0
        }
        let watch = watches[index]
        if watch.wanted == 0 {
            // A connection of ours stays registered for its next request, which saves two system calls each; libcurl
            // closes its other descriptors (the resolver's) without a word, so those go at once.
            guard !watch.owned || watch.registered != EPOLLIN.rawValue else { return }
            if watch.registered != 0 { weir_epoll_set(epoll, EPOLL_CTL_DEL, descriptor, 0) }
            watches[index].registered = 0
        } else if watch.registered != watch.wanted {
            let operation = watch.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
            weir_epoll_set(epoll, operation, descriptor, watch.wanted)
            watches[index].registered = watch.wanted
        }
    }

    /// Makes this object open and close the sockets of `easy`.
    func own(_ easy: UnsafeMutableRawPointer) {
        let context = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
        weir_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context)
        weir_easy_set_pointer(easy, CURLOPT_CLOSESOCKETDATA, context)
        weir_easy_set_open_callback(easy) { context, _, address in
            guard let context, let address else { return CURL_SOCKET_BAD }
            let family = address.pointee.family
            let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
            let descriptor = socket(family, type, address.pointee.protocol)
            guard descriptor >= 0 else { return CURL_SOCKET_BAD }
            let sockets = Unmanaged<CurlSockets>.fromOpaque(context).takeUnretainedValue()
            sockets.ensureRoom(descriptor)
            sockets.watches[Int(descriptor)] = Watch(owned: true)
            sockets.openCount += 1
            return descriptor
        }
        weir_easy_set_close_callback(easy) { context, descriptor in
            if let context {
                let sockets = Unmanaged<CurlSockets>.fromOpaque(context).takeUnretainedValue()
                sockets.watches[Int(descriptor)] = Watch()
                sockets.openCount -= 1
            }
            return close(descriptor)
        }
    }

    private func ensureRoom(_ descriptor: Int32) {
        let missing = Int(descriptor) + 1 - watches.count
        guard missing > 0 else { return }
        watches.append(contentsOf: repeatElement(Watch(), count: max(missing, watches.count)))
    }
}
