// Go's crypto/tls as both sides of the differential fuzzer; its protocol is that of ../src/lib.rs.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

func main() {
	role := os.Args[1]
	flags := flag.NewFlagSet(role, flag.ExitOnError)
	cert := flags.String("cert", "", "")
	key := flags.String("key", "", "")
	ca := flags.String("ca", "", "")
	clientAuth := flags.String("client-auth", "", "")
	resume := flags.String("resume", "", "")
	must(flags.Parse(os.Args[2:]))
	identity, err := tls.LoadX509KeyPair(*cert, *key)
	must(err)
	pem, err := os.ReadFile(*ca)
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{
		Certificates: []tls.Certificate{identity},
		MinVersion:   tls.VersionTLS13,
		RootCAs:      roots,
		ClientCAs:    roots,
		ServerName:   "server.test",
	}
	if *clientAuth != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if *resume != "" {
		config.ClientSessionCache = &firstSession{}
	}
	if role == "server" {
		listen(config)
	} else {
		dial(config)
	}
}

// firstSession keeps the first session that it gets, for all connections that follow.
type firstSession struct {
	lock  sync.Mutex
	state *tls.ClientSessionState
}

func (cache *firstSession) Get(string) (*tls.ClientSessionState, bool) {
	cache.lock.Lock()
	defer cache.lock.Unlock()
	return cache.state, cache.state != nil
}

func (cache *firstSession) Put(_ string, state *tls.ClientSessionState) {
	cache.lock.Lock()
	defer cache.lock.Unlock()
	if cache.state == nil {
		cache.state = state
	}
}

func listen(config *tls.Config) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	say("PORT %d", listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		stream, err := listener.Accept()
		must(err)
		go finish(stream, tls.Server(stream, config), false)
	}
}

func dial(config *tls.Config) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		port := strings.TrimSpace(lines.Text())
		go func() {
			stream, err := net.Dial("tcp", "127.0.0.1:"+port)
			if err != nil {
				say("PORT %s: %v", port, err)
				return
			}
			finish(stream, tls.Client(stream, config), true)
		}()
	}
}

func finish(stream net.Conn, connection *tls.Conn, isClient bool) {
	_ = stream.SetReadDeadline(time.Now().Add(20 * time.Second))
	err := echo(connection, isClient)
	text := "closed"
	if err != nil {
		text = strings.ReplaceAll(err.Error(), "\n", " ")
	} else {
		_ = connection.CloseWrite()
	}
	say("PORT %d: %s", stream.RemoteAddr().(*net.TCPAddr).Port, text)
	// what is unread would turn our end into a reset, which may overtake our alert
	_ = stream.(*net.TCPConn).CloseWrite()
	_ = stream.SetReadDeadline(time.Now().Add(2 * time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(stream, 1<<20))
	_ = stream.Close()
}

func echo(connection *tls.Conn, isClient bool) error {
	if err := connection.Handshake(); err != nil {
		return err
	}
	if isClient {
		if _, err := connection.Write([]byte("ping")); err != nil {
			return err
		}
	}
	buffer := make([]byte, 16384)
	for {
		length, err := connection.Read(buffer)
		if length > 0 {
			if _, err := connection.Write(buffer[:length]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

var output sync.Mutex

func say(format string, values ...any) {
	output.Lock()
	defer output.Unlock()
	fmt.Printf(format+"\n", values...)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
