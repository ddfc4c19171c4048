//! HTTPRoutes against GRPCRoutes: at one listener a hostname belongs to one kind (Gateway API, GRPCRouteSpec.hostnames).

use sextant_resources::HostnamePattern;

use super::attach::{Applicant, Attachment, Head, common_hostnames};
use super::listeners::Socket;
use crate::RouteKind;
use crate::hostnames::intersect;

/// A route that a listener does not take after all.
pub(crate) struct Conflict {
    /// Place of the route.
    pub(crate) applicant: usize,
    /// Place of the listener.
    pub(crate) socket: usize,
    pub(crate) message: String,
}

/// A route that a listener keeps.
struct Kept {
    place: usize,
    hostnames: Vec<HostnamePattern>,
}

/// The conflicts among `applicants`: of two routes of different kind that share a hostname at a listener, the older one
/// stays, then the first by namespace and name.
pub(crate) fn settle(
    applicants: &[Applicant<'_>],
    attachments: &[Vec<Attachment>],
    sockets: &[Socket<'_>],
) -> Vec<Conflict> {
    let mut by_socket: Vec<Vec<usize>> = vec![Vec::new(); sockets.len()];
    for (place, attachments) in attachments.iter().enumerate() {
        for socket in attachments.iter().flat_map(|attachment| &attachment.sockets) {
            if by_socket[*socket].last() != Some(&place) {
                by_socket[*socket].push(place);
            }
        }
    }
    let settled = by_socket.into_iter().enumerate().flat_map(|(socket, mut places)| {
        let grpc = |place: &usize| applicants[*place].head.kind == RouteKind::GrpcRoute;
        if places.iter().all(grpc) || !places.iter().any(grpc) {
            return Vec::new();
        }
        places.sort_by_key(|place| {
            let Head { created, key, kind, .. } = applicants[*place].head;
            (created.is_none(), created, key, kind)
        });
        at_one(&places, applicants, socket, &sockets[socket])
    });
    settled.collect()
}

/// The conflicts at one listener; `places` are in order of precedence.
fn at_one(places: &[usize], applicants: &[Applicant<'_>], socket: usize, at: &Socket<'_>) -> Vec<Conflict> {
    let (mut kept, mut conflicts): (Vec<Kept>, Vec<Conflict>) = (Vec::new(), Vec::new());
    for &place in places {
        let hostnames = common_hostnames(&applicants[place].head.hostnames, &at.hostname);
        let rival = kept.iter().find_map(|other| {
            let of_one_kind = applicants[other.place].head.kind == applicants[place].head.kind;
            let shared = shared(&hostnames, &other.hostnames).filter(|_| !of_one_kind)?;
            let Head { kind, key, .. } = &applicants[other.place].head;
            let name = &at.written.name;
            Some(format!("{kind} {key} came first and serves {shared} at listener {name}, which takes one kind of route for a hostname"))
        });
        match rival {
            Some(message) => conflicts.push(Conflict { applicant: place, socket, message }),
            None => kept.push(Kept { place, hostnames }),
        }
    }
    conflicts
}

fn shared(one: &[HostnamePattern], other: &[HostnamePattern]) -> Option<HostnamePattern> {
    one.iter().flat_map(|own| other.iter().filter_map(|theirs| intersect(own, theirs))).next()
}
