use crate::case::{Authentication, Case};

/// What a library has to say for itself. Whatever goes wrong ends the program: nothing of it would be a figure.
pub trait Stack: Sized {
    type End: End;

    /// Everything that connections share: parsed certificates, keys, policies.
    fn new(case: &Case) -> Self;
    /// Client and server, which have said nothing yet. The client offers the session that it was given last.
    fn connect(&self) -> (Self::End, Self::End);
}

pub trait End {
    /// Does what can be done now. Whether the handshake is over.
    fn handshake(&mut self) -> bool;
    fn send(&mut self, data: &[u8]);
    /// Fills the buffer.
    fn receive(&mut self, buffer: &mut [u8]);
    fn is_resumed(&self) -> bool;
    /// Fails when what was negotiated is not what was asked for.
    fn check(&self, case: &Case);
    /// Lets go of the wire's buffers, which are empty.
    fn shrink_wire(&self);
}

pub struct Pair<E> {
    pub client: E,
    pub server: E,
}

impl<E: End> Pair<E> {
    /// Of a full handshake or of a resumed one: for that a session is made first.
    pub fn prepare<S: Stack<End = E>>(stack: &S, case: &Case) -> Self {
        if case.authentication == Authentication::Resumption {
            let mut first = Self::connect(stack);
            first.handshake();
            // the client has read its tickets then
            first.round_trip(&mut [0]);
        }
        Self::connect(stack)
    }

    pub fn established<S: Stack<End = E>>(stack: &S, case: &Case) -> Self {
        let mut pair = Self::prepare(stack, case);
        pair.handshake();
        pair.check(case);
        pair
    }

    pub fn handshake(&mut self) {
        let (mut client_done, mut server_done) = (false, false);
        while !(client_done && server_done) {
            client_done = self.client.handshake();
            server_done = self.server.handshake();
        }
    }

    pub fn check(&self, case: &Case) {
        assert_eq!(self.server.is_resumed(), case.authentication == Authentication::Resumption);
        self.client.check(case);
        self.server.check(case);
    }

    pub fn round_trip(&mut self, data: &mut [u8]) {
        self.client.send(data);
        self.server.receive(data);
        self.server.send(data);
        self.client.receive(data);
    }

    fn connect<S: Stack<End = E>>(stack: &S) -> Self {
        let (client, server) = stack.connect();
        Self { client, server }
    }
}
