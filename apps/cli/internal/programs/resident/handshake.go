package resident

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/usersocket"
	"github.com/thv-secrets/thv/core/secret"
)

// handshakeWait bounds the proof at the beginning of a connection.
const handshakeWait = 2 * time.Second

const proofSize = sha256.Size

var errStranger = errors.New("the other end of the socket does not have the key")

// prove makes both sides prove that they hold key, without sending it. Each sends a
// nonce, and answers with an HMAC over its role and both nonces.
func prove(conn *net.UnixConn, key secret.Value, role, other string) error {
	if err := usersocket.SameUser(conn); err != nil {
		return err
	}
	if err := conn.SetDeadline(time.Now().Add(handshakeWait)); err != nil {
		return err
	}
	own, theirs := make([]byte, proofSize), make([]byte, proofSize)
	_, _ = rand.Read(own) // which never fails
	if err := exchange(conn, own, theirs); err != nil {
		return err
	}
	nonces := map[string][]byte{role: own, other: theirs}
	got := make([]byte, proofSize)
	if err := exchange(conn, proof(key, role, nonces), got); err != nil {
		return err
	}
	if !hmac.Equal(got, proof(key, other, nonces)) {
		return errStranger
	}
	return conn.SetDeadline(time.Time{})
}

// The two sides.
const (
	asClient   = "client"
	asResident = "resident"
)

func proof(key secret.Value, role string, nonces map[string][]byte) []byte {
	mac := hmac.New(sha256.New, key.Bytes())
	mac.Write([]byte("thv resident 1\x00" + role + "\x00"))
	mac.Write(nonces[asClient])
	mac.Write(nonces[asResident])
	return mac.Sum(nil)
}

func exchange(conn io.ReadWriter, send, receive []byte) error {
	if _, err := conn.Write(send); err != nil {
		return fmt.Errorf("the other end of the socket is gone: %w", err)
	}
	if _, err := io.ReadFull(conn, receive); err != nil {
		return fmt.Errorf("the other end of the socket is silent: %w", err)
	}
	return nil
}
