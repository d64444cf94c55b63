package keyring

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

// rawRead is the floor that reading is measured against: one connection, the
// three calls that are needed, messages written and read by hand after the D-Bus
// specification, nothing else.
func rawRead(socket, service, account string) ([]byte, error) {
	c, err := rawDial(socket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.conn.Close() }()
	if _, err := c.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", "", nil); err != nil {
		return nil, err
	}
	var open, search, get rawBody
	search.dict("service", service, "username", account)
	answer, err := c.call(serviceName, string(servicePath), serviceInterface, "SearchItems", "a{ss}", search.bytes)
	if err != nil {
		return nil, err
	}
	if answer.uint32() == 0 {
		return nil, fmt.Errorf("no item")
	}
	item := answer.text()

	open.putText("plain")
	open.signature("s")
	open.putText("")
	answer, err = c.call(serviceName, string(servicePath), serviceInterface, "OpenSession", "sv", open.bytes)
	if err != nil {
		return nil, err
	}
	answer.variant()
	session := answer.text()

	get.putText(session)
	answer, err = c.call(serviceName, item, itemInterface, "GetSecret", "o", get.bytes)
	if err != nil {
		return nil, err
	}
	answer.align(8)
	answer.text()
	answer.array()
	return answer.array(), nil
}

type rawConn struct {
	conn   net.Conn
	reader *bufio.Reader
	serial uint32
}

func rawDial(socket string) (*rawConn, error) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return nil, err
	}
	c := &rawConn{conn: conn, reader: bufio.NewReader(conn)}
	user := hex.EncodeToString([]byte(strconv.Itoa(os.Geteuid())))
	if _, err := fmt.Fprintf(conn, "\x00AUTH EXTERNAL %s\r\n", user); err != nil {
		return nil, err
	}
	if line, err := c.reader.ReadString('\n'); err != nil || !strings.HasPrefix(line, "OK ") {
		return nil, fmt.Errorf("authentication: %q, %w", line, err)
	}
	_, err = io.WriteString(conn, "BEGIN\r\n")
	return c, err
}

// call sends one method call and returns the body of its answer.
func (c *rawConn) call(to, path, iface, member, signature string, body []byte) (*rawBody, error) {
	c.serial++
	header := rawBody{bytes: []byte{'l', 1, 0, 1}}
	header.putUint32(uint32(len(body)))
	header.putUint32(c.serial)
	header.putUint32(0)
	for _, field := range []struct {
		code        byte
		kind, value string
	}{{1, "o", path}, {2, "s", iface}, {3, "s", member}, {6, "s", to}, {8, "g", signature}} {
		if field.value == "" {
			continue
		}
		header.pad(8)
		header.bytes = append(header.bytes, field.code)
		header.signature(field.kind)
		if field.kind == "g" {
			header.signature(field.value)
		} else {
			header.putText(field.value)
		}
	}
	binary.LittleEndian.PutUint32(header.bytes[12:], uint32(len(header.bytes)-16))
	header.pad(8)
	if _, err := c.conn.Write(append(header.bytes, body...)); err != nil {
		return nil, err
	}
	return c.answer()
}

// answer skips signals, whose type is 4.
func (c *rawConn) answer() (*rawBody, error) {
	for {
		var fixed [16]byte
		if _, err := io.ReadFull(c.reader, fixed[:]); err != nil {
			return nil, err
		}
		fields := (int(binary.LittleEndian.Uint32(fixed[12:])) + 7) &^ 7
		rest := make([]byte, fields+int(binary.LittleEndian.Uint32(fixed[4:])))
		if _, err := io.ReadFull(c.reader, rest); err != nil {
			return nil, err
		}
		switch fixed[1] {
		case 2:
			return &rawBody{bytes: rest[fields:]}, nil
		case 3:
			return nil, fmt.Errorf("error: %q", rest)
		}
	}
}

// rawBody writes at the end of bytes and reads at offset, little-endian.
type rawBody struct {
	bytes  []byte
	offset int
}

func (b *rawBody) pad(to int) {
	for len(b.bytes)%to != 0 {
		b.bytes = append(b.bytes, 0)
	}
}

func (b *rawBody) putUint32(n uint32) {
	b.pad(4)
	b.bytes = binary.LittleEndian.AppendUint32(b.bytes, n)
}

func (b *rawBody) signature(s string) {
	b.bytes = append(append(append(b.bytes, byte(len(s))), s...), 0)
}

func (b *rawBody) align(to int) { b.offset = (b.offset + to - 1) &^ (to - 1) }

func (b *rawBody) uint32() uint32 {
	b.align(4)
	b.offset += 4
	return binary.LittleEndian.Uint32(b.bytes[b.offset-4:])
}

func (b *rawBody) array() []byte {
	n := int(b.uint32())
	b.offset += n
	return b.bytes[b.offset-n : b.offset]
}

func (b *rawBody) putText(s string) {
	b.putUint32(uint32(len(s)))
	b.bytes = append(append(b.bytes, s...), 0)
}

func (b *rawBody) text() string {
	s := string(b.array())
	b.offset++
	return s
}

func (b *rawBody) dict(pairs ...string) {
	b.putUint32(0)
	b.pad(8)
	start := len(b.bytes)
	for i := 0; i < len(pairs); i += 2 {
		b.pad(8)
		b.putText(pairs[i])
		b.putText(pairs[i+1])
	}
	binary.LittleEndian.PutUint32(b.bytes, uint32(len(b.bytes)-start))
}

// variant skips a variant that holds a string.
func (b *rawBody) variant() {
	b.offset += int(b.bytes[b.offset]) + 2
	b.text()
}
