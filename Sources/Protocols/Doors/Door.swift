/// A protocol's way in. One value serves all requests of its service, concurrently.
package protocol Door: Sendable {
    /// Answers one request. Never throws: every failure becomes an answer in the protocol's own error shape.
    /// Reads of `request.body` that fail (client gone, too slow) are answered too; the answer then goes nowhere.
    func answer(_ request: DoorRequest) async -> DoorResponse
}
