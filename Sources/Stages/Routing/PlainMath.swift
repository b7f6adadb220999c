import Glibc

/// What routing needs of the C library's mathematics.
enum PlainMath {
    static func exp(_ power: Double) -> Double { Glibc.exp(power) }
    /// Of a number greater than 0.
    static func log(_ number: Double) -> Double { Glibc.log(number) }
}
