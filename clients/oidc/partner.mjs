// A real OAuth 2.0 and OpenID partner on loopback, to connect to and to be cut from.
//
//   node partner.mjs --redirect-uri URI [--issuer URL] [--port N] [--cert FILE --key FILE] …
//
// Prints where it listens once it does. Its client "gangway" has the secret "secret", must use PKCE, gets refresh
// tokens that rotate (--rotation off: never, once: the first alone), and may revoke and introspect. --issuer is what it calls itself, for when something stands
// before it. A browser that consents sends two headers: x-user, the account, and x-answer, "deny" for no.
// --revokes-one-token makes a revocation end that token alone, which RFC 7009 allows; the provider itself ends all
// that came of the same consent.
//
// Its client "oracle" may introspect every token, whatever the options say. Each request is noted on a line of
// stdout, and all of them are at /test/requests; how many tokens are left is at /test/tokens, and every token that the client
// was ever given at /test/given.
import { createHash, generateKeyPair } from 'node:crypto';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { parseArgs, promisify } from 'node:util';
import Provider from 'oidc-provider';

const { values: options } = parseArgs({
  options: {
    'redirect-uri': { type: 'string' },
    issuer: { type: 'string' },
    port: { type: 'string', default: '0' },
    cert: { type: 'string' },
    key: { type: 'string' },
    auth: { type: 'string', default: 'client_secret_basic' },
    'access-seconds': { type: 'string', default: '3600' },
    'refresh-seconds': { type: 'string', default: '1209600' },
    'code-seconds': { type: 'string', default: '60' },
    rotation: { type: 'string', default: 'on' },
    'no-introspection': { type: 'boolean', default: false },
    'no-revocation': { type: 'boolean', default: false },
    'revokes-one-token': { type: 'boolean', default: false },
  },
});

const CLIENT = 'gangway';
const ORACLE = { id: 'oracle', secret: 'oracle-secret' };

// --- What it keeps: as the provider's own memory, but without a limit and open to questions. ---

const kept = new Map();

const alive = (entry) => entry !== undefined && entry.until > Date.now();

class Memory {
  constructor(model) {
    this.model = model;
  }

  at(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload, seconds) {
    kept.set(this.at(id), { model: this.model, payload, until: seconds ? Date.now() + seconds * 1000 : Infinity });
  }

  async find(id) {
    const entry = kept.get(this.at(id));
    return alive(entry) ? entry.payload : undefined;
  }

  async findByUid(uid) {
    const found = [...kept.values()].find((entry) => entry.model === this.model && entry.payload.uid === uid);
    return alive(found) ? found.payload : undefined;
  }

  async consume(id) {
    kept.get(this.at(id)).payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.at(id));
  }

  async revokeByGrantId(grantId) {
    for (const [at, entry] of kept) {
      if (entry.model === this.model && entry.payload.grantId === grantId) kept.delete(at);
    }
  }
}

/** How many of a kind Gangway could still use. */
function usable(model) {
  const mine = ({ payload }) => payload.clientId === CLIENT && !payload.consumed;
  return [...kept.values()].filter((entry) => entry.model === model && alive(entry) && mine(entry)).length;
}

// --- What it is. ---

async function signingKey() {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: `key-${process.pid}`, alg: 'ES256', use: 'sig' };
}

function client(client_id, client_secret, rest) {
  return { client_id, client_secret, id_token_signed_response_alg: 'ES256', ...rest };
}

const clients = [
  client(CLIENT, 'secret', {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [options['redirect-uri']],
    token_endpoint_auth_method: options.auth,
  }),
  client(ORACLE.id, ORACLE.secret, {
    grant_types: [],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
  }),
];

function mayRevoke(_ctx, asking, token) {
  // Without its grant, the provider finds nothing else that it could end together with this token.
  if (options['revokes-one-token']) token.grantId = undefined;
  return asking.clientId === token.clientId;
}

const features = {
  devInteractions: { enabled: false },
  rpInitiatedLogout: { enabled: false },
  revocation: { enabled: !options['no-revocation'], allowedPolicy: mayRevoke },
  introspection: {
    enabled: true,
    allowedPolicy: (_ctx, asking, token) => asking.clientId === ORACLE.id || asking.clientId === token.clientId,
  },
};

function account(_ctx, sub) {
  return {
    accountId: sub,
    claims: () => ({ sub, name: `${sub} of Contoso`, email: `${sub}@contoso.example` }),
  };
}

const ROTATES = {
  on: true,
  off: false,
  once: (ctx) => !ctx.oidc.entities.RefreshToken.rotations,
};

async function configuration() {
  return {
    clients,
    features,
    adapter: Memory,
    jwks: { keys: [await signingKey()] },
    cookies: { keys: ['only for tests'] },
    findAccount: account,
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
    pkce: { required: () => true },
    issueRefreshToken: (_ctx, asking) => asking.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: ROTATES[options.rotation],
    interactions: { url: (_ctx, interaction) => `/consent/${interaction.uid}` },
    ttl: {
      AccessToken: Number(options['access-seconds']),
      AuthorizationCode: Number(options['code-seconds']),
      RefreshToken: Number(options['refresh-seconds']),
      Grant: 1209600,
      IdToken: 3600,
      Interaction: 600,
      Session: 600,
    },
  };
}

// --- The administrator, who consents or does not. ---

async function consent(provider, request, response) {
  const { prompt, params } = await provider.interactionDetails(request, response);
  const accountId = request.headers['x-user'] ?? 'admin';
  const finish = (result) => provider.interactionFinished(request, response, result);
  if (request.headers['x-answer'] === 'deny') {
    return finish({ error: 'access_denied', error_description: 'the administrator said no' });
  }
  if (prompt.name === 'login') {
    return finish({ login: { accountId } });
  }
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? '');
  return finish({ consent: { grantId: await grant.save() } });
}

// --- What tests may ask. ---

const requests = [];

const given = new Set();

function remember({ access_token: access, refresh_token: refresh } = {}) {
  for (const token of [access, refresh]) if (token) given.add(token);
}

const fingerprint = (secret) => secret && createHash('sha256').update(secret).digest('hex').slice(0, 8);

function note(request, response, body) {
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const noted = {
    method: request.method,
    path: request.url.split('?')[0],
    status: response.statusCode,
    client: body?.client_id ?? basicUser(request),
    grant_type: body?.grant_type,
    hint: body?.token_type_hint,
    secret: fingerprint(body?.token ?? body?.refresh_token ?? body?.code ?? bearer),
  };
  requests.push(noted);
  console.log(JSON.stringify(noted));
}

function basicUser(request) {
  const basic = /^Basic (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  return basic && Buffer.from(basic, 'base64').toString().split(':')[0];
}

const ASKED = {
  '/test/requests': () => requests,
  '/test/given': () => [...given],
  '/test/tokens': () => ({
    grants: usable('Grant'),
    access_tokens: usable('AccessToken'),
    refresh_tokens: usable('RefreshToken'),
    codes: usable('AuthorizationCode'),
  }),
};

// --- Its door. ---

/** Without introspection there is none for anybody but the oracle, and the discovery document has no word of it. */
function hideIntrospection(provider) {
  provider.use(async (ctx, next) => {
    if (ctx.path === '/token/introspection' && basicUser(ctx.req) !== ORACLE.id) {
      ctx.status = 404;
      return;
    }
    await next();
    if (ctx.path === '/.well-known/openid-configuration') {
      delete ctx.body.introspection_endpoint;
    }
  });
}

async function door(issuer) {
  const provider = new Provider(issuer, await configuration());
  // Something that speaks TLS may stand before it; it says so to whoever comes by that way.
  provider.proxy = true;
  const { host, protocol } = new URL(issuer);
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path === '/token' && ctx.status === 200) remember(ctx.body);
    if (basicUser(ctx.req) !== ORACLE.id) note(ctx.req, ctx.res, ctx.oidc?.body);
  });
  if (options['no-introspection']) hideIntrospection(provider);
  const handle = provider.callback();
  return (request, response) => {
    const answer = ASKED[request.url];
    if (answer) return response.end(JSON.stringify(answer()));
    if (request.headers.host === host) request.headers['x-forwarded-proto'] = protocol.replace(':', '');
    if (!request.url.startsWith('/consent/')) return handle(request, response);
    return consent(provider, request, response).catch((error) => response.writeHead(400).end(String(error)));
  };
}

const files = options.cert && { cert: readFileSync(options.cert), key: readFileSync(options.key) };
const server = files ? https.createServer(files) : http.createServer();
server.listen(Number(options.port), '127.0.0.1', async () => {
  const own = `${files ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  server.on('request', await door(options.issuer ?? own));
  console.log(own);
});
