import Edge

/// What the memory for requests' bodies and answers tells when somebody asks for `/metrics`.
enum BodyMeters {
    static func register(_ memory: BodyMemory, in registry: MetricsRegistry) {
        registry.probe("roost_body_memory_bytes", "Memory that requests' bodies and answers take.") { Double(memory.used) }
        registry.probe("roost_body_memory_limit_bytes", "Memory that requests' bodies and answers may take.") { Double(memory.limit) }
        registry.probe("roost_body_memory_waiting", "Requests that wait for memory.") { Double(memory.waiting) }
        registry.probe("roost_body_memory_cut_total", "Clients cut off because they held memory for which others waited.") {
            Double(memory.cut)
        }
    }
}
