// Command go-smpp is fiorix/go-smpp's server with a handler that answers: go run . PORT
package main

import (
	"net"
	"os"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"
	"github.com/fiorix/go-smpp/smpp/smpptest"
)

func main() {
	server := smpptest.NewUnstartedServer()
	server.User, server.Passwd = "acme", "secret"
	server.Handler = func(c smpptest.Conn, p pdu.Body) {
		var answer pdu.Body
		switch p.Header().ID {
		case pdu.SubmitSMID:
			answer = pdu.NewSubmitSMResp()
			answer.Fields().Set(pdufield.MessageID, "1")
		case pdu.SubmitMultiID:
			answer = pdu.NewSubmitMultiResp()
			answer.Fields().Set(pdufield.MessageID, "1")
		case pdu.EnquireLinkID:
			answer = pdu.NewEnquireLinkResp()
		case pdu.UnbindID:
			answer = pdu.NewUnbindResp()
			defer c.Close()
		default:
			return
		}
		answer.Header().Seq = p.Header().Seq
		c.Write(answer)
	}
	server.Start()
	forward(os.Args[1], server.Addr())
}

// forward makes the server, which chooses its own port, reachable on another.
func forward(port, to string) {
	l, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			time.Sleep(time.Second)
			continue
		}
		go func() {
			defer conn.Close()
			server, err := net.Dial("tcp", to)
			if err != nil {
				return
			}
			defer server.Close()
			go func() { defer conn.Close(); copyAll(conn, server) }()
			copyAll(server, conn)
		}()
	}
}

func copyAll(dst, src net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if _, err := dst.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
