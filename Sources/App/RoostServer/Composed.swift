import Doors
import Environment
import Logging
import ServiceLifecycle

/// Everything behind the listener, ready to serve.
package struct Composed: Sendable {
    /// By the name of the service in credential scopes.
    package let doors: [String: any Door]
    package let naming: any ServiceNaming
    package let credentials: RootCredentials
    /// Run beside the listener and stopped after it: sweeps, deadlines.
    package let services: [any Service]
    /// Why writes or reads are refused now; nil while all is well. Must not block.
    package let unreadyReason: @Sendable () -> String?
    /// Ends long polls: each is answered at once, as if its time were up.
    package let endWaits: @Sendable () -> Void
    /// Makes durable what waits and lets the data folder go. Blocks. Called when no request runs any more.
    package let close: @Sendable () -> Void

    package init(
        doors: [String: any Door], naming: any ServiceNaming, credentials: RootCredentials, services: [any Service] = [],
        unreadyReason: @escaping @Sendable () -> String? = { nil }, endWaits: @escaping @Sendable () -> Void = {},
        close: @escaping @Sendable () -> Void = {}
    ) {
        self.doors = doors
        self.naming = naming
        self.credentials = credentials
        self.services = services
        self.unreadyReason = unreadyReason
        self.endWaits = endWaits
        self.close = close
    }
}

/// What a composition is made from.
package struct CompositionInputs: Sendable {
    package let settings: ServerSettings
    package let registry: MetricsRegistry
    package let logger: Logger
    package let environment: Environment
}
