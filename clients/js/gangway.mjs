// A server to point the client at, and in front of it what ends TLS: this client gives its token to nobody without, and
// follows no next link that does not begin with https.

import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

import { BatchRequestContent, Client } from '@microsoft/microsoft-graph-client';

const BINARY = process.env.BINARY_UNDER_TEST;
const TLS = process.env.TLS_FILES;
// Settings of whoever runs the tests are not the server's.
const ENVIRONMENT = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GANGWAY_')));
const SCOPES = 'DeviceManagementServiceConfig.ReadWrite.All DeviceManagementApps.Read.All';

export class Gangway {
  // What was asked and answered, in order: { method, path, headers, status }.
  seen = [];

  static async start(settings = {}) {
    const gangway = new Gangway();
    gangway.data = mkdtempSync(path.join(tmpdir(), 'gangway-js-'));
    const listen = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
    gangway.process = spawn(BINARY, ['serve', '--dev', ...listen, '--data', gangway.data], {
      env: { ...ENVIRONMENT, GANGWAY_HTTP__TRUSTED_PROXIES: '127.0.0.1', ...settings },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    gangway.ended = once(gangway.process, 'exit');
    const lines = readline.createInterface({ input: gangway.process.stdout });
    for await (const line of lines) {
      if (line.startsWith('listening on ')) {
        gangway.inner = new URL(line.slice('listening on '.length).trim());
        break;
      }
    }
    if (!gangway.inner) throw new Error('the server did not start');
    gangway.process.stdout.resume();
    await gangway.endTls();
    return gangway;
  }

  async endTls() {
    const certified = { key: readFileSync(path.join(TLS, 'key.pem')), cert: readFileSync(path.join(TLS, 'cert.pem')) };
    this.front = https.createServer(certified, (asked, answer) => {
      const { method, url, headers } = asked;
      const forwarded = { ...headers, 'x-forwarded-proto': 'https', 'x-forwarded-host': headers.host };
      const { hostname, port } = this.inner;
      const behind = http.request({ hostname, port, method, path: url, headers: forwarded }, (answered) => {
        this.seen.push({ method, path: url, headers, status: answered.statusCode });
        answer.writeHead(answered.statusCode, answered.rawHeaders);
        answered.pipe(answer);
      });
      behind.on('error', () => answer.destroy());
      asked.pipe(behind);
    });
    this.front.listen(0, '127.0.0.1');
    await once(this.front, 'listening');
    this.url = `https://localhost:${this.front.address().port}`;
  }

  // The client for a tenant of its own.
  client(version = 'v1.0') {
    const tenant = randomUUID();
    const options = ['--data', this.data, '--tenant', tenant, '--scope', SCOPES];
    const token = execFileSync(BINARY, ['token', ...options], { env: ENVIRONMENT }).toString().trim();
    return Client.init({
      baseUrl: `${this.url}/`,
      customHosts: new Set(['localhost']),
      defaultVersion: version,
      authProvider: (done) => done(null, token),
    });
  }

  // A part of a batch.
  part(id, method, path, body, dependsOn) {
    const json = body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
    return { id, request: new Request(`${this.url}${path}`, { method, ...json }), dependsOn };
  }

  batch(...parts) {
    return new BatchRequestContent(parts).getContent();
  }

  async stop() {
    this.front.closeAllConnections();
    this.front.close();
    this.process.kill('SIGTERM');
    const [status] = await this.ended;
    rmSync(this.data, { recursive: true });
    return status;
  }
}
