import Cache
import GatewayTypes
import Telemetry

/// The cache's instruments, from what holds the replies.
struct CacheGauges {
    let house: House

    func write(to writer: inout SampleWriter) {
        let blueprint = house.blueprint
        guard blueprint.declared.hasCache else { return }
        let book = house.cache
        tier("memory", book.reading, most: blueprint.caching.memoryBytesMax, purged: book.purged.memory, &writer)
        if let archive = book.archive {
            tier(
                "disk", archive.reading, most: blueprint.caching.diskBytesMax ?? 0, purged: book.purged.archive, &writer
            )
        }
        for (route, count) in book.questions { writer.set(.cacheQuestions, [route], Double(count)) }
    }

    private func tier(
        _ tier: String, _ reading: CacheReading, most: Int, purged: UInt64, _ writer: inout SampleWriter
    ) {
        writer.set(.cacheEntries, [tier], Double(reading.entries))
        writer.set(.cacheBytes, [tier], Double(reading.bytes))
        writer.set(.cacheBytesMax, [tier], Double(most))
        writer.add(.cacheRemovals, [tier, "size"], reading.evicted)
        writer.add(.cacheRemovals, [tier, "age"], reading.expired)
        writer.add(.cacheRemovals, [tier, "purge"], purged)
        writer.add(.cacheRemovals, [tier, "error"], reading.dropped)
    }
}
