import ApusCore
import Synchronization
import Testing

@Suite struct ConcurrentMapTests {
    @Test(arguments: [0, 1, 31, 32, 5_000])
    func `what comes back is in the order of the elements, each asked for once`(count: Int) {
        let asked = Mutex<[Int]>([])
        let squares = Array(0..<count).concurrentMap { number in
            asked.withLock { $0.append(number) }
            return number * number
        }
        #expect(squares == (0..<count).map { $0 * $0 })
        #expect(asked.withLock { $0.sorted() } == Array(0..<count))
    }
}
