/// A value in a box of its own, which never changes: one word where it is held, and shared by all who hold it.
///
/// For what is large and travels far: each function that a value passes through, and each error that it may throw, sets
/// aside the room for it, and in an asynchronous function for as long as the exchange lasts.
@dynamicMemberLookup
public struct Boxed<Value: Sendable>: Sendable {
    @usableFromInline final class Box: Sendable {
        @usableFromInline let value: Value

        @inlinable init(_ value: Value) { self.value = value }
    }

    @usableFromInline let box: Box

    @inlinable public init(_ value: Value) { box = Box(value) }

    @inlinable public var value: Value { box.value }

    @inlinable public subscript<Member>(dynamicMember member: KeyPath<Value, Member>) -> Member {
        box.value[keyPath: member]
    }
}
