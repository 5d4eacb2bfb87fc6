/// Searches over sixteen bytes at a time: a file of hundreds of megabytes is mostly names, spaces and data.
extension Span<UInt8> {
    private typealias Block = SIMD16<UInt8>

    /// The first `byte` in `range`, or nil.
    @inline(__always)
    func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        let index = end(from: range.lowerBound, before: range.upperBound) {
            $0 .!= Block(repeating: byte)
        } orByte: {
            $0 != byte
        }
        return index < range.upperBound ? index : nil
    }

    /// Where an identifier ends that has come as far as `start`: the first byte that is no part of one, at
    /// most `limit`.
    @inline(__always)
    func endOfIdentifier(from start: Int, before limit: Int) -> Int {
        end(from: start, before: limit) { block in
            // Wholly in vectors: an operator between one and a byte is many times slower.
            let letters =
                ((block | Block(repeating: 0x20)) &- Block(repeating: 0x61)) .< Block(repeating: 26)
            let digits = (block &- Block(repeating: 0x30)) .< Block(repeating: 10)
            let marks = (block .== Block(repeating: 0x5F)) .| (block .== Block(repeating: 0x24))
            return letters .| digits .| marks .| (block .>= Block(repeating: 0x80))
        } orByte: {
            $0.isIdentifierPart
        }
    }

    /// How many bytes of `range` are a line feed.
    func countOfLineFeeds(in range: Range<Int>) -> Int {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        var number = 0
        var index = range.lowerBound
        withUnsafeBytes { bytes in
            while range.upperBound - index >= Block.scalarCount {
                // Each lane counts to at most 255.
                let blocks = Swift.min(255, (range.upperBound - index) / Block.scalarCount)
                var counts = Block()
                for _ in 0..<blocks {
                    let block = bytes.loadUnaligned(fromByteOffset: index, as: Block.self)
                    counts.replace(
                        with: counts &+ Block(repeating: 1), where: block .== Block(repeating: 0x0A)
                    )
                    index += Block.scalarCount
                }
                number += counts.sum
            }
            while index < range.upperBound {
                if bytes[index] == 0x0A { number += 1 }
                index += 1
            }
        }
        return number
    }

    /// The first index from `start` on whose byte is not one of those that are passed over, at most `limit`.
    /// Both closures say of a byte whether it is.
    @inline(__always)
    private func end(
        from start: Int, before limit: Int,
        passing isPassed: (Block) -> SIMDMask<SIMD16<Int8>>, orByte isPassedByte: (UInt8) -> Bool
    ) -> Int {
        precondition(start >= 0 && limit <= count)
        return withUnsafeBytes { bytes in
            var index = start
            while limit - index >= Block.scalarCount {
                let block = bytes.loadUnaligned(fromByteOffset: index, as: Block.self)
                let halves = unsafeBitCast(isPassed(block), to: SIMD2<UInt64>.self)
                if halves[0] != .max {
                    return index + (~halves[0].littleEndian).trailingZeroBitCount / 8
                }
                if halves[1] != .max {
                    return index + 8 + (~halves[1].littleEndian).trailingZeroBitCount / 8
                }
                index += Block.scalarCount
            }
            while index < limit, isPassedByte(bytes[index]) { index += 1 }
            return index
        }
    }
}

extension SIMD16<UInt8> {
    /// The sum of all lanes.
    fileprivate var sum: Int {
        indices.reduce(0) { $0 + Int(self[$1]) }
    }
}
