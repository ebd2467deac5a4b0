// A real OIDC issuer on loopback, with signing keys of its own for as long as it runs.
//
//   node issuer.mjs [PORT]
//
// Prints its issuer URL once it listens; port 0, the default, takes a free one. Both clients have the secret
// "secret" and use the client_credentials grant with resource=https://graph.microsoft.com:
//   user  gets a token that looks delegated (scp, oid)
//   app   gets a token of an application by itself (idtyp, roles)
import { generateKeyPair } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import Provider from 'oidc-provider';

const TENANT = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
const GRAPH = 'https://graph.microsoft.com';
const PERMISSION = 'DeviceManagementServiceConfig.ReadWrite.All';

const CLAIMS = {
  user: { tid: TENANT, oid: '11111111-aaaa-4000-8000-000000000001', scp: PERMISSION },
  app: { tid: TENANT, oid: '22222222-aaaa-4000-8000-000000000002', idtyp: 'app', roles: [PERMISSION] },
};

async function signingKey(kid) {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
}

function client(clientId) {
  return {
    client_id: clientId,
    client_secret: 'secret',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_post',
  };
}

async function configuration(kid) {
  return {
    clients: Object.keys(CLAIMS).map(client),
    jwks: { keys: [await signingKey(kid)] },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: '',
          audience: GRAPH,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 3600,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    extraTokenClaims: (_ctx, token) => CLAIMS[token.clientId],
    ttl: { ClientCredentials: 3600 },
  };
}

const server = createServer();
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, await configuration(`key-${process.pid}`));
  server.on('request', provider.callback());
  console.log(issuer);
});
