// A real OpenID Connect provider for the tests: lets in every email, without a password.
//   node provider.mjs            prints its port once it listens; the issuer is http://127.0.0.1:PORT
// Clients are `portal-admins` and `portal-partners`, both with the secret `portal-secret`. Beside the standard's routes it has
//   POST /test/backchannel       {"client_id", "uri"}: where that client wants to hear of logouts
//   POST /test/reset             forgets who is signed in

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { json, text } from 'node:stream/consumers';
// Not by the package's front door, which warns of Node.js 20: what is used here runs there.
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import { Provider } from 'oidc-provider/lib/provider.js';

const scopes = 'openid email profile groups';
// The portal's port is chosen after this server's.
const callback = /^http:\/\/(127\.0\.0\.1|localhost):\d+\/(partner|admin)\/sso\/callback\/[0-9a-f-]{36}$/;
const afterLogout = /^http:\/\/(127\.0\.0\.1|localhost):\d+(\/.*)?$/;

const page = (title, content) => `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<h1>${title}</h1>
${content}
</html>`;

const signIn = page('Sign in', `<form method="post">
<label>Email <input type="email" name="login" required autofocus></label>
<button>Sign in</button>
</form>`);

function account(email) {
  const local = email.split('@')[0];
  return {
    accountId: email,
    claims: () => ({
      sub: email,
      email,
      email_verified: !local.startsWith('unverified'),
      name: local.charAt(0).toUpperCase() + local.slice(1),
      groups: [local.includes('boss') ? 'bosses' : 'sales'],
    }),
  };
}

const store = new Map();
const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const hour = 60 * 60;

const configuration = {
  adapter: (model) => new MemoryAdapter(model, store),
  jwks: { keys: [{ ...key, use: 'sig', alg: 'RS256' }] },
  cookies: { keys: [randomUUID()] },
  clients: ['portal-admins', 'portal-partners'].map((client_id) => ({
    client_id,
    client_secret: 'portal-secret',
    redirect_uris: ['http://127.0.0.1/sso/callback'],
    backchannel_logout_session_required: true,
  })),
  clientAuthMethods: ['client_secret_basic'],
  responseTypes: ['code'],
  pkce: { required: () => true },
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      logoutSource(ctx, form) {
        ctx.body = page('Sign out', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
      },
      postLogoutSuccessSource(ctx) {
        ctx.body = page('Signed out', '');
      },
    },
  },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'], groups: ['groups'] },
  // The claims come in the ID token, not from the userinfo endpoint alone.
  conformIdTokenClaims: false,
  findAccount: (_ctx, email) => account(email),
  // Everything is granted, so nobody is asked for consent.
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.account.accountId });
    grant.addOIDCScope(scopes);
    await grant.save();
    return grant;
  },
  renderError(ctx, { error, error_description }) {
    ctx.type = 'text';
    ctx.body = `${error}: ${error_description}`;
  },
  ttl: { AccessToken: hour, AuthorizationCode: 60, Grant: hour, IdToken: hour, Interaction: hour, Session: hour },
  // The provider's own dispatcher refuses addresses of this machine, where the portal is.
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
};

function start(issuer) {
  const provider = new Provider(issuer, configuration);
  provider.on('server_error', (_ctx, error) => console.error(error));
  provider.on('backchannel.error', (_ctx, error, client) => console.error(client.clientId, error));
  Object.assign(provider.Client.prototype, {
    redirectUriAllowed: (uri) => callback.test(uri),
    postLogoutRedirectUriAllowed: (uri) => afterLogout.test(uri),
    // Otherwise only those ID tokens would name their session that were made after /test/backchannel.
    includeSid: () => true,
  });

  const routes = {
    async 'POST /test/backchannel'(ctx) {
      const { client_id, uri } = await json(ctx.req);
      const client = await provider.Client.find(client_id);
      ctx.assert(client && URL.canParse(uri), 400, 'needs the client_id of a client and a uri');
      client.backchannelLogoutUri = uri;
      ctx.status = 204;
    },
    async 'POST /test/reset'(ctx) {
      // Who is about to sign in, in another test, may go on.
      for (const kept of store.keys()) if (/^session(uid)?:/i.test(kept)) store.delete(kept);
      ctx.status = 204;
    },
    // A page of the package's own asks for it, and the tests hear of a 404.
    'GET /favicon.ico'(ctx) {
      ctx.status = 204;
    },
    async 'GET /interaction'(ctx) {
      await provider.interactionDetails(ctx.req, ctx.res);
      ctx.body = signIn;
    },
    async 'POST /interaction'(ctx) {
      const email = new URLSearchParams(await text(ctx.req)).get('login')?.trim();
      ctx.assert(email, 400, 'needs an email');
      ctx.status = 303;
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: email } }));
    },
  };
  provider.use((ctx, next) => {
    const route = routes[`${ctx.method} ${ctx.path.replace(/^(\/interaction)\/.*/, '$1')}`];
    return route ? route(ctx) : next();
  });
  return provider.callback();
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  server.on('request', start(`http://127.0.0.1:${port}`));
  console.log(port);
});
