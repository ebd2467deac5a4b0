//! Names on the wire that more than one table has. Each is spelled here and nowhere else.

/// The names of what is in the singleton, and their addresses.
macro_rules! in_singleton {
    ($(#[$doc:meta] $name:ident, $address:ident = $wire:literal;)*) => {
        /// The singleton that everything else is in, and its type.
        pub const DEVICE_MANAGEMENT: &str = "deviceManagement";
        $(
            #[$doc]
            pub const $name: &str = $wire;
            /// Its address below a version.
            pub const $address: &str = concat!("deviceManagement/", $wire);
        )*
    };
}

in_singleton! {
    /// The collection of partners.
    PARTNERS, PARTNERS_ADDRESS = "remoteAssistancePartners";
    /// The collection of audit events.
    AUDIT_EVENTS, AUDIT_EVENTS_ADDRESS = "auditEvents";
    /// The settings, and their type.
    SETTINGS, SETTINGS_ADDRESS = "remoteAssistanceSettings";
}

/// The namespace of all types.
pub const NAMESPACE: &str = "microsoft.graph";
/// What all entities are.
pub const ENTITY: &str = "entity";
/// The type of partners.
pub const PARTNER: &str = "remoteAssistancePartner";
/// The type of audit events.
pub const AUDIT_EVENT: &str = "auditEvent";

/// Many requests in one.
pub const BATCH: &str = "$batch";
/// The model.
pub const METADATA: &str = "$metadata";
/// How many there are.
pub const COUNT: &str = "$count";
