use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::rc::Rc;

type Queue = Rc<RefCell<VecDeque<u8>>>;

/// One end of a connection in memory.
pub struct WireEnd {
    incoming: Queue,
    outgoing: Queue,
}

pub fn wire() -> (WireEnd, WireEnd) {
    let (there, back) = (Queue::default(), Queue::default());
    (WireEnd { incoming: back.clone(), outgoing: there.clone() }, WireEnd { incoming: there, outgoing: back })
}

impl WireEnd {
    /// So that the buffers do not count as the connection's.
    pub fn shrink(&self) {
        assert!(self.incoming.borrow().is_empty());
        self.incoming.borrow_mut().shrink_to_fit();
    }
}

impl Read for WireEnd {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match self.incoming.borrow_mut().read(buffer)? {
            0 => Err(Error::from(ErrorKind::WouldBlock)),
            length => Ok(length),
        }
    }
}

impl Write for WireEnd {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.outgoing.borrow_mut().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
