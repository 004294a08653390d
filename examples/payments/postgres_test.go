package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// postgres is the server of the test binary; it is started by the first test
// that wants it, and stopped by TestMain.
var postgres struct {
	once    sync.Once
	dir     string
	command *exec.Cmd
	err     error
}

// errNoPostgres says that the machine has none.
var errNoPostgres = errors.New("initdb and postgres are not in PATH")

// newPostgres returns the URL of a database of the test's own, on a server that
// listens on a socket only. Without PostgreSQL the test is skipped.
func newPostgres(t *testing.T) string {
	t.Helper()
	postgres.once.Do(func() { postgres.err = startPostgres() })
	if errors.Is(postgres.err, errNoPostgres) {
		t.Skip(postgres.err)
	}
	if postgres.err != nil {
		t.Fatal(postgres.err)
	}
	name := "test_" + strings.ToLower(rand.Text())
	db, err := sql.Open("pgx", postgresURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}

	return postgresURL(name)
}

func postgresURL(database string) string {
	return fmt.Sprintf("postgres:///%s?user=postgres&host=%s", database, url.QueryEscape(postgres.dir))
}

// startPostgres makes a cluster and starts its server. What is committed need not
// survive the machine, only the workers: hence no fsync.
func startPostgres() error {
	initdb, missing := exec.LookPath("initdb")
	server, missingToo := exec.LookPath("postgres")
	if missing != nil || missingToo != nil {
		return errNoPostgres
	}
	dir, err := os.MkdirTemp("", "postgres-") // Its path is short: that of a socket has to be.
	if err != nil {
		return err
	}
	postgres.dir = dir
	data := filepath.Join(dir, "data")
	prepare := exec.CommandContext(context.Background(), initdb,
		"-D", data, "-U", "postgres", "--no-sync", "-A", "trust")
	if err := asPostgresUser(prepare, dir); err != nil {
		return err
	}
	if out, err := prepare.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	postgres.command = exec.CommandContext(context.Background(), server,
		"-D", data, "-k", dir, "-c", "listen_addresses=", "-F", "-c", "max_connections=200")
	postgres.command.Stdout, postgres.command.Stderr = log, log
	if err := asPostgresUser(postgres.command, dir); err != nil {
		return err
	}
	if err := postgres.command.Start(); err != nil {
		return err
	}

	return waitForPostgres()
}

// waitForPostgres waits until the server answers.
func waitForPostgres() error {
	db, err := sql.Open("pgx", postgresURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		if err = db.PingContext(ctx); err == nil || ctx.Err() != nil {
			break
		}
		select { // There is only a process to look at.
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(postgres.dir, "log"))
		err = fmt.Errorf("postgres: %w: %s", err, log)
	}

	return err
}

// stopPostgres stops the server, if there is one, and removes its files.
func stopPostgres() {
	if postgres.command != nil && postgres.command.Process != nil {
		_ = postgres.command.Process.Signal(os.Interrupt) // A fast shutdown, which needs no client to go.
		_ = postgres.command.Wait()
	}
	if postgres.dir != "" {
		_ = os.RemoveAll(postgres.dir)
	}
}
