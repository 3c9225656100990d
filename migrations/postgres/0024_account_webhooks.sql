-- The account's own webhook: what partners make of their leads is pushed there, in the order of the audit log.
CREATE TABLE account_webhooks (
    account_id       UUID    NOT NULL PRIMARY KEY REFERENCES accounts (id),
    url              TEXT    NOT NULL,
    -- Sealed with the installation's key.
    secret           BYTEA   NOT NULL,
    -- The number in the audit log of the last event that has arrived, or is none to be sent.
    position         BIGINT  NOT NULL,
    -- Attempts of the next one, and when it is tried again.
    tries            BIGINT  NOT NULL,
    next_attempt_at  TIMESTAMPTZ  NOT NULL,
    -- Until when a process has it for itself.
    leased_until_at  TIMESTAMPTZ,
    sent_at          TIMESTAMPTZ,
    failing_since_at TIMESTAMPTZ,
    last_error       TEXT    NOT NULL,
    -- When it switched itself off, and why: 'gone' or 'failing'; empty while it is on.
    off_at           TIMESTAMPTZ,
    off_reason       TEXT    NOT NULL
);
