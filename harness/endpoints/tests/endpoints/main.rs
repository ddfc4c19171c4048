//! The client and the reader against servers and proxies.

mod ads;
mod compare;
mod envoy;
mod served;
