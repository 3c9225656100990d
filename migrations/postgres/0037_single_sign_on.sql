-- Single sign-on by OpenID Connect: the provider by which the admins of an account log in, or the users of a partner.
CREATE TABLE identity_providers (
    id             UUID NOT NULL PRIMARY KEY,
    account_id     UUID NOT NULL REFERENCES accounts (id),
    -- None for the account's admins.
    partner_id     UUID REFERENCES partners (id),
    name           TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    -- Sealed with the installation's key, for this provider alone.
    client_secret  BYTEA NOT NULL,
    -- Domains of its users' addresses, each between spaces.
    domains        TEXT NOT NULL,
    default_role   TEXT,
    role_claim     TEXT NOT NULL,
    -- Lines of a value and a role (domain/src/sso.rs).
    roles          TEXT NOT NULL,
    enabled        BOOLEAN NOT NULL,
    -- Whether its users can log in by nothing else, and which one can all the same.
    is_only        BOOLEAN NOT NULL,
    break_glass_id UUID REFERENCES users (id),
    created_at     TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX identity_providers_of_accounts ON identity_providers (account_id) WHERE partner_id IS NULL;
CREATE UNIQUE INDEX identity_providers_of_partners ON identity_providers (account_id, partner_id) WHERE partner_id IS NOT NULL;

-- Who is whom: a provider's own name for one of its users never changes, an address may.
CREATE TABLE provider_identities (
    provider_id  UUID NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
    subject      TEXT NOT NULL,
    account_id   UUID NOT NULL REFERENCES accounts (id),
    user_id      UUID NOT NULL REFERENCES users (id),
    linked_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider_id, subject)
);

CREATE UNIQUE INDEX provider_identities_by_user ON provider_identities (user_id, provider_id);

-- Whether partners may set up a provider of their own.
ALTER TABLE accounts ADD COLUMN partner_sso BOOLEAN NOT NULL DEFAULT FALSE;

SELECT put_wall('identity_providers');
SELECT put_wall('provider_identities');
