// Go's crypto/tls as a peer: its commands and its lines are the same as the other peers'. Nothing but the standard
// library.
package main

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	options := parse(os.Args[1:])
	config, err := options.config()
	if err == nil {
		if options.isServer {
			err = serve(options, config)
		} else {
			err = dialAll(options, config)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(options *options, config *tls.Config) error {
	listener, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", options.port))
	if err != nil {
		return err
	}
	emit(event{"event": "listening", "port": listener.Addr().(*net.TCPAddr).Port})
	for number := 1; ; number++ {
		transport, err := listener.Accept()
		if err != nil {
			return err
		}
		go run(transport, tls.Server(transport, config), options, number)
	}
}

func dialAll(options *options, config *tls.Config) error {
	dial := func(port, number int) error {
		transport, err := net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		run(transport, tls.Client(transport, config), options, number)
		return nil
	}
	if !options.portsFromStdin {
		for number := 1; number <= options.connections; number++ {
			if err := dial(options.port, number); err != nil {
				return err
			}
		}
		return nil
	}
	lines := bufio.NewScanner(os.Stdin)
	for number := 1; lines.Scan(); number++ {
		port, err := strconv.Atoi(strings.TrimSpace(lines.Text()))
		if err != nil {
			return err
		}
		if err := dial(port, number); err != nil {
			return err
		}
	}
	return lines.Err()
}

func run(transport net.Conn, connection *tls.Conn, options *options, number int) {
	defer transport.Close()
	report := report{number}
	// for each step: a transfer ends, or is not going on
	transport.SetDeadline(time.Now().Add(options.timeout))
	err := connection.Handshake()
	if err == nil {
		report.handshake(connection.ConnectionState())
		err = exchange(connection, options, report)
	}
	if err != nil {
		report.failed(err)
		linger(transport)
	}
}

// Closing a socket with unread data in it resets the connection, and the alert on its way is lost.
func linger(transport net.Conn) {
	transport.(*net.TCPConn).CloseWrite()
	transport.SetReadDeadline(time.Now().Add(time.Second))
	rest := make([]byte, 4096)
	for {
		if _, err := transport.Read(rest); err != nil {
			return
		}
	}
}
