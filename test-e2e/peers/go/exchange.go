package main

import (
	"crypto/tls"
	"io"
)

// The client sends, then receives, then closes; the server the other way round. A server that was told of no amount
// echoes what it gets until it is closed.
func exchange(connection *tls.Conn, options *options, report report) error {
	if !options.isServer {
		if err := send(connection, options); err != nil {
			return err
		}
		if err := receive(connection, options, report); err != nil {
			return err
		}
		if err := connection.CloseWrite(); err != nil {
			return err
		}
		report.closed(drain(connection))
		return nil
	}
	if options.send < 0 && options.receive < 0 {
		if err := echo(connection); err != nil {
			return err
		}
	} else {
		if err := receive(connection, options, report); err != nil {
			return err
		}
		if err := send(connection, options); err != nil {
			return err
		}
		if !drain(connection) {
			report.closed(false)
			return nil
		}
	}
	if err := connection.CloseWrite(); err != nil {
		return err
	}
	report.closed(true)
	return nil
}

func send(connection *tls.Conn, options *options) error {
	bytes := patternBytes(max(options.send, 0))
	size := options.writeSize
	if size <= 0 {
		size = len(bytes)
	}
	for len(bytes) > 0 {
		part := min(size, len(bytes))
		if _, err := connection.Write(bytes[:part]); err != nil {
			return err
		}
		bytes = bytes[part:]
	}
	return nil
}

func receive(connection *tls.Conn, options *options, report report) error {
	if options.receive < 0 {
		return nil
	}
	bytes := make([]byte, options.receive)
	length, err := io.ReadFull(connection, bytes)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return err
	}
	report.received(bytes[:length])
	return nil
}

// crypto/tls says io.EOF for close_notify only.
func echo(connection *tls.Conn) error {
	buffer := make([]byte, 1<<15)
	for {
		length, err := connection.Read(buffer)
		if _, writeError := connection.Write(buffer[:length]); length > 0 && writeError != nil {
			return writeError
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Whether the other side's close_notify came.
func drain(connection *tls.Conn) bool {
	_, err := io.Copy(io.Discard, connection)
	return err == nil
}

// The bytes that peers and tests send one another: xorshift32, the same for the same length.
func patternBytes(length int) []byte {
	bytes := make([]byte, length)
	state := uint32(0x9e3779b9)
	for index := range bytes {
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		bytes[index] = byte(state)
	}
	return bytes
}
