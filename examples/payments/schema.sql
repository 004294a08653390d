-- The same text for PostgreSQL and SQLite. It may run any number of times.

CREATE TABLE IF NOT EXISTS cards (
	number   TEXT   PRIMARY KEY,
	currency TEXT   NOT NULL,
	balance  BIGINT NOT NULL CHECK (balance >= 0) -- in minor units, as all amounts
);

-- The primary key is what makes a charge happen once: of all deliveries of an
-- activity, which carry one idempotency key, a single one can insert its row.
CREATE TABLE IF NOT EXISTS charges (
	idempotency_key TEXT   PRIMARY KEY,
	id              TEXT   NOT NULL UNIQUE,
	order_id        TEXT   NOT NULL,
	card            TEXT   NOT NULL REFERENCES cards (number),
	amount          BIGINT NOT NULL CHECK (amount > 0),
	currency        TEXT   NOT NULL,
	refunded        BIGINT NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND amount)
);

CREATE TABLE IF NOT EXISTS refunds (
	idempotency_key TEXT   PRIMARY KEY,
	id              TEXT   NOT NULL UNIQUE,
	charge_id       TEXT   NOT NULL REFERENCES charges (id),
	amount          BIGINT NOT NULL CHECK (amount > 0),
	currency        TEXT   NOT NULL
);

-- Two cards to try it with: one that pays, and one that is empty.
INSERT INTO cards (number, currency, balance) VALUES ('4242', 'EUR', 1000000), ('4000', 'EUR', 0)
ON CONFLICT (number) DO NOTHING;
