// Go's net and net/http, as bench/compare runs them: peer http|echo FOLDER PORT
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
)

var hello = []byte("Hello, World!")

func text(response http.ResponseWriter, content []byte) {
	response.Header().Set("Content-Type", "text/plain")
	response.Header().Set("Content-Length", strconv.Itoa(len(content)))
	response.Write(content)
}

func serveHTTP(listener net.Listener, folder string) error {
	sites := http.NewServeMux()
	sites.HandleFunc("/plaintext", func(response http.ResponseWriter, request *http.Request) { text(response, hello) })
	sites.HandleFunc("/discard", func(response http.ResponseWriter, request *http.Request) {
		length, err := io.Copy(io.Discard, request.Body)
		if err != nil {
			return // the client has gone
		}
		text(response, []byte(strconv.FormatInt(length, 10)))
	})
	sites.Handle("/", http.FileServer(http.Dir(folder)))
	return http.Serve(listener, sites)
}

func echo(connection net.Conn) {
	defer connection.Close()
	block := make([]byte, 64*1024)
	for {
		received, err := connection.Read(block)
		if err != nil {
			return
		}
		if _, err := connection.Write(block[:received]); err != nil {
			return
		}
	}
}

func serveEcho(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go echo(connection)
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: peer http|echo FOLDER PORT")
		os.Exit(2)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[3])
	if err == nil && os.Args[1] == "http" {
		err = serveHTTP(listener, os.Args[2])
	} else if err == nil {
		err = serveEcho(listener)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
