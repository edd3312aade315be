import Envelope
import Environment
import Identity
import Keys
import Logging
import Model
import Objects
import Queues
import ServiceLifecycle
import StoragePorts

/// The master keys and the local key service, as a start found or made them.
struct Secrets: Sendable {
    /// Leaves most of the ledger's time to requests while keys are wrapped again.
    private static let rewrapPause = Duration.milliseconds(20)
    /// Walks over all objects before a start leaves the rest to the next one. The first two do it, unless versions keep moving about.
    private static let walksMax = 8

    let masterKeys: MasterKeys
    let keys: Keys
    private let ledger: any Ledger

    /// Blocks while the keys are read. Throws `ConfigurationError` when they are not those of the data folder.
    static func open(_ settings: ServerSettings, _ ledger: any Ledger, _ inputs: CompositionInputs) async throws -> Secrets {
        let needed = try await ledger.read { snapshot in try snapshot.notedMasterKeys().map { MasterKeyID($0) } }
        let loaded = try settings.masterKeys.load(needed: needed, random: inputs.environment.random)
        if let file = loaded.madeFile {
            inputs.logger.notice(
                "a master key was made; whoever loses this file loses all that is encrypted", metadata: ["file": "\(file)"])
        }
        let keys = Keys(
            ledger: ledger, masterKeys: loaded.keys, random: inputs.environment.random, account: settings.account, region: settings.region)
        for id in settings.serviceKeys {
            do {
                _ = try await keys.create(id: id)
            } catch .alreadyExists {
                continue
            } catch .invalidName {
                throw ConfigurationError("--kms-keys \(id): an id is 1 to \(KeysLimits.nameBytesMax) letters, digits, '-' or '_'")
            }
        }
        return Secrets(masterKeys: loaded.keys, keys: keys, ledger: ledger)
    }

    /// After a rotation wraps everything again by the current master key, a bounded step at a time, and then needs the older ones no more.
    func rewrap(_ objects: Objects, _ queues: Queues, _ registrar: Registrar, _ logger: Logger) async {
        do {
            let current = masterKeys.currentID.rawValue
            let old = try await ledger.read { try $0.notedMasterKeys().filter { $0 != current } }
            if !old.isEmpty { try await rewrapAll(objects, queues, registrar, old, logger) }
        } catch is CancellationError {
            return
        } catch {
            logger.warning("wrapping keys again failed; the next start goes on", metadata: ["error": "\(error)"])
        }
        try? await gracefulShutdown()
    }

    private func rewrapAll(_ objects: Objects, _ queues: Queues, _ registrar: Registrar, _ old: [UInt64], _ logger: Logger) async throws {
        _ = try await registrar.rewrap()
        try await keys.rewrap()
        let unreadable = try await queues.rewrapKeys()
        var count = 0
        for _ in 0..<Self.walksMax {
            let walked = try await walk(objects)
            count += walked.rewrapped
            // A walk may have begun where an earlier process stopped, and a version may have moved from before it to behind it.
            guard try await objects.outdatedWraps() > 0 else {
                guard unreadable == 0 else {
                    return logger.error(
                        "keys of queues cannot be unwrapped; the older master keys stay needed", metadata: ["count": "\(unreadable)"])
                }
                return try await forget(old, count, logger)
            }
            guard walked.unreadable == 0 else {
                return logger.error(
                    "keys of objects cannot be unwrapped; the older master keys stay needed", metadata: ["count": "\(walked.unreadable)"])
            }
        }
        logger.warning("some keys are still wrapped by older master keys; the next start goes on")
    }

    private func forget(_ old: [UInt64], _ count: Int, _ logger: Logger) async throws {
        _ = try await ledger.commit { transaction in
            for id in old { transaction.forgetMasterKey(id) }
        }
        let names = old.map { MasterKeyID($0).description }.joined(separator: " ")
        logger.notice("all keys are wrapped by the current master key; these may go", metadata: ["keys": "\(names)", "count": "\(count)"])
    }

    private func walk(_ objects: Objects) async throws -> (rewrapped: Int, unreadable: Int) {
        var (rewrapped, unreadable) = (0, 0)
        while true {
            let step = try await objects.rewrapStep()
            rewrapped += step.rewrappedCount
            unreadable += step.unreadableCount
            if step.isDone { return (rewrapped, unreadable) }
            try await Task.sleep(for: Self.rewrapPause)
        }
    }
}
