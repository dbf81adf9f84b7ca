use crate::{pattern_bytes, Options, Report, Role};

/// A connection whose handshake is done. Errors are texts: they go to the report.
pub trait Secured {
    /// 0 when the other side has said close_notify.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, String>;
    /// All of it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;
    fn flush(&mut self) -> Result<(), String>;
    fn update_keys(&mut self) -> Result<(), String>;
    /// Says close_notify.
    fn close(&mut self) -> Result<(), String>;
}

/// The client sends, then receives, then closes; the server the other way round. A server that was told of no amount
/// echoes what it gets until it is closed.
pub fn exchange(stream: &mut impl Secured, options: &Options, report: &Report) -> Result<(), String> {
    match options.role {
        Role::Client => {
            send(stream, options)?;
            receive(stream, options, report)?;
            stream.close()?;
            report.closed(drain(stream));
        }
        Role::Server => {
            if options.send.is_none() && options.receive.is_none() {
                echo(stream)?;
            } else {
                receive(stream, options, report)?;
                send(stream, options)?;
                if !drain(stream) {
                    report.closed(false);
                    return Ok(());
                }
            }
            stream.close()?;
            report.closed(true);
        }
    }
    Ok(())
}

/// In as many parts as there are changes of keys between them.
fn send(stream: &mut impl Secured, options: &Options) -> Result<(), String> {
    let bytes = pattern_bytes(options.send.unwrap_or(0));
    let part = (bytes.len() / (options.key_updates + 1)).max(1);
    let mut updates = options.key_updates;
    for chunk in bytes.chunks(part.min(options.write_size)) {
        if updates > 0 {
            stream.update_keys()?;
            updates -= 1;
        }
        stream.write(chunk)?;
    }
    stream.flush()
}

fn receive(stream: &mut impl Secured, options: &Options, report: &Report) -> Result<(), String> {
    let Some(wanted) = options.receive else { return Ok(()) };
    let mut received = Vec::with_capacity(wanted);
    let mut buffer = vec![0; 1 << 15];
    while received.len() < wanted {
        let room = buffer.len().min(wanted - received.len());
        match stream.read(&mut buffer[..room])? {
            0 => break,
            length => received.extend_from_slice(&buffer[..length]),
        }
    }
    report.received(&received);
    Ok(())
}

fn echo(stream: &mut impl Secured) -> Result<(), String> {
    let mut buffer = vec![0; 1 << 15];
    loop {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => {
                stream.write(&buffer[..length])?;
                stream.flush()?;
            }
        }
    }
}

/// Whether the other side's close_notify came.
fn drain(stream: &mut impl Secured) -> bool {
    let mut buffer = vec![0; 1 << 15];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
