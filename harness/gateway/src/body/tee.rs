//! A body that is read once and sent to several.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Frames that a copy may be behind its original before it is given up. hyper reads some 8 to 400 KiB into a frame.
const BEHIND: usize = 32;

/// What goes from the original to a copy.
#[derive(Debug)]
enum Piece {
    Data(Bytes),
    Trailers(http::HeaderMap),
    End,
}

/// The original's end of a copy.
#[derive(Debug)]
pub(super) struct Feed(Option<Sender<Piece>>);

/// The body of a copy.
#[derive(Debug)]
pub(super) struct Copied {
    pieces: Receiver<Piece>,
    ended: bool,
    /// Of the original before it was read.
    size: SizeHint,
}

/// The original broke off, or the copy fell too far behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GivenUp;

/// A copy of a body of this size.
pub(super) fn copy(size: SizeHint) -> (Feed, Copied) {
    let (sender, pieces) = channel(BEHIND);
    (Feed(Some(sender)), Copied { pieces, ended: false, size })
}

impl Feed {
    /// Passes on what the original has just read.
    pub(super) fn frame(&mut self, frame: &Frame<Bytes>) {
        if let Some(data) = frame.data_ref() {
            self.pass(Piece::Data(data.clone()));
        } else if let Some(trailers) = frame.trailers_ref() {
            self.pass(Piece::Trailers(trailers.clone()));
        }
    }

    /// The original was read to its end. Without this word the copy breaks off when the feed is dropped.
    pub(super) fn end(&mut self) {
        self.pass(Piece::End);
        self.0 = None;
    }

    fn pass(&mut self, piece: Piece) {
        if self.0.as_ref().is_some_and(|sender| sender.try_send(piece).is_err()) {
            self.0 = None;
        }
    }
}

impl Copied {
    pub(super) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let frame = match ready!(Pin::new(&mut self.pieces).poll_recv(cx)) {
            Some(Piece::Data(data)) => Some(Ok(Frame::data(data))),
            Some(Piece::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
            Some(Piece::End) => None,
            None => Some(Err(GivenUp)),
        };
        self.ended = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    pub(super) fn is_end_stream(&self) -> bool {
        self.ended
    }

    pub(super) fn size_hint(&self) -> SizeHint {
        self.size
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn next(copied: &mut Copied) -> Poll<Option<Result<Option<Bytes>, GivenUp>>> {
        let frame = copied.poll_frame(&mut Context::from_waker(Waker::noop()));
        frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.into_data().ok())))
    }

    #[test]
    fn a_copy_has_what_the_original_had_and_ends_with_it() {
        let (mut feed, mut copied) = copy(SizeHint::with_exact(2));
        assert_eq!(next(&mut copied), Poll::Pending);
        feed.frame(&Frame::data(Bytes::from("hi")));
        feed.frame(&Frame::trailers(http::HeaderMap::new()));
        feed.end();
        assert_eq!(next(&mut copied), Poll::Ready(Some(Ok(Some("hi".into())))));
        assert_eq!(next(&mut copied), Poll::Ready(Some(Ok(None))));
        assert_eq!((next(&mut copied), copied.is_end_stream()), (Poll::Ready(None), true));
        assert_eq!(next(&mut copied), Poll::Ready(None));
    }

    #[test]
    fn a_copy_of_a_broken_body_breaks() {
        let (feed, mut copied) = copy(SizeHint::new());
        drop(feed);
        assert_eq!(next(&mut copied), Poll::Ready(Some(Err(GivenUp))));
    }

    #[test]
    fn a_copy_that_falls_behind_is_given_up_and_never_looks_whole() {
        let (mut feed, mut copied) = copy(SizeHint::new());
        for _ in 0..=BEHIND {
            feed.frame(&Frame::data(Bytes::from("x")));
        }
        feed.end();
        let read = std::iter::from_fn(|| match next(&mut copied) {
            Poll::Ready(Some(frame)) => Some(frame.is_ok()),
            _ => None,
        });
        let read: Vec<bool> = read.collect();
        assert_eq!((read.len(), read.last()), (BEHIND + 1, Some(&false)));
    }
}
