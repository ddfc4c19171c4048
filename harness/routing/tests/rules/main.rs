//! The rules, one table or test each, named after their id. Expectations are written by hand from the rules.

#![expect(clippy::unwrap_used, reason = "a test ends where its input is not as it says")]

mod absent;
mod support;
mod world;

mod attachment;
mod backends;
mod decisions;
mod declarations;
mod destination_rules;
mod endpoints;
mod expansion;
mod filters;
mod grpc_routes;
mod incremental;
mod l4_routes;
mod listeners;
mod networks;
mod placement;
mod priorities;
mod profiles;
mod properties;
mod references;
mod scope;
mod selection;
mod service_kinds;
mod services;
mod sharing;
mod tls;
mod traces;
