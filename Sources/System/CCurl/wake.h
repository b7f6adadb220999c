#ifndef WEIR_WAKE_H
#define WEIR_WAKE_H
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Linux AIO as a bridge: "when this descriptor becomes readable, add 1 to that eventfd". It makes an epoll descriptor
 * an event source of a loop that only reads eventfds, without a thread (IOCB_CMD_POLL, Linux 4.18).
 */
typedef struct weir_bridge {
    aio_context_t context;
    struct iocb poll;
} weir_bridge;

/* The head of the completion ring, which the kernel maps at the address that the context names (fs/aio.c). */
struct weir_ring {
    unsigned id, count, head, tail, magic, compatible, incompatible, header_length;
};

/* NULL when the kernel, or a filter in front of it, refuses. */
static inline weir_bridge *weir_bridge_open(int watched, int eventfd) {
    weir_bridge *bridge = (weir_bridge *)calloc(1, sizeof(weir_bridge));
    if (bridge == NULL) return NULL;
    if (syscall(SYS_io_setup, 4, &bridge->context) != 0) {
        free(bridge);
        return NULL;
    }
    bridge->poll.aio_lio_opcode = IOCB_CMD_POLL;
    bridge->poll.aio_fildes = (uint32_t)watched;
    bridge->poll.aio_buf = POLLIN;
    bridge->poll.aio_flags = IOCB_FLAG_RESFD;
    bridge->poll.aio_resfd = (uint32_t)eventfd;
    return bridge;
}

/*
 * Watches once more; the descriptor's state is checked at this moment, so that nothing that came in between is lost.
 * Completions are taken from the ring without a system call: only their number matters, and the eventfd told it.
 */
static inline int weir_bridge_arm(weir_bridge *bridge) {
    struct weir_ring *ring = (struct weir_ring *)bridge->context;
    unsigned tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    if (ring->head != tail) __atomic_store_n(&ring->head, tail, __ATOMIC_RELEASE);
    struct iocb *poll = &bridge->poll;
    return syscall(SYS_io_submit, bridge->context, 1L, &poll) == 1;
}

static inline void weir_bridge_close(weir_bridge *bridge) {
    syscall(SYS_io_destroy, bridge->context);
    free(bridge);
}

static inline int weir_epoll_set(int epoll, int operation, int descriptor, uint32_t events) {
    struct epoll_event event;
    memset(&event, 0, sizeof(event));
    event.events = events;
    event.data.fd = descriptor;
    return epoll_ctl(epoll, operation, descriptor, &event);
}
#endif
