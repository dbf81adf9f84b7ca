import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RunningServer } from './gnutls-server.js'
import type { Credentials } from './pki.js'
import { startOnFreePort } from './ports.js'
import { startProcess } from './server-process.js'

export interface NginxServerOptions {
  readonly credentials: Credentials
  /** The files under `/`. */
  readonly folder: string
  readonly cipherSuites?: readonly string[]
  /** As OpenSSL names them, for example `['secp384r1']`. */
  readonly groups?: readonly string[]
  /** Takes 0-RTT data. */
  readonly earlyData?: boolean
}

export interface NginxServer extends RunningServer {
  /** Where `PUT /upload/name` puts its files. */
  readonly uploadFolder: string
}

/** nginx with TLS 1.3 and HTTP/1.1: files under `/`, uploads by PUT under `/upload/`. */
export async function startNginxServer(options: NginxServerOptions): Promise<NginxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'webtls-nginx-'))
  const { process, port } = await startOnFreePort((port) => {
    const configFile = join(folder, 'nginx.conf')
    writeFileSync(configFile, config(port, folder, options))
    return startProcess('nginx', ['-e', 'stderr', '-p', folder, '-c', configFile])
  })
  return {
    host: '127.0.0.1',
    port,
    uploadFolder: join(folder, 'upload'),
    output: () => process.output(),
    async stop() {
      await process.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function config(port: number, folder: string, options: NginxServerOptions): string {
  const { credentials, groups, cipherSuites } = options
  return `
daemon off;
# one process, so that ending it ends everything
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events {}
http {
  access_log off;
  default_type application/octet-stream;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 200m;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${credentials.chainFile};
    ssl_certificate_key ${credentials.keyFile};
    ssl_protocols TLSv1.3;
    ${groups === undefined ? '' : `ssl_ecdh_curve ${groups.join(':')};`}
    ${cipherSuites === undefined ? '' : `ssl_conf_command Ciphersuites ${cipherSuites.join(':')};`}
    ssl_early_data ${options.earlyData ? 'on' : 'off'};
    location / {
      root ${options.folder};
    }
    location /upload/ {
      root ${folder};
      dav_methods PUT;
      create_full_put_path on;
    }
  }
}
`
}
