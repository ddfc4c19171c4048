//! The configuration that Envoy gets, and how.

mod ads;
mod support;
mod translation;
