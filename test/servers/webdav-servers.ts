import { createHash } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, listening, type RunningServer, saying, serverFolder, startProgram, stopProgram } from './program.ts'

export const ACCOUNT = { user: 'kim', password: 'not a secret, a test' }

const isRoot = process.getuid?.() === 0

/** Tells how each server is started: it serves the folder `root` in its own under /. */
export const WEBDAV_SERVERS = {
  'Apache mod_dav': { program: '/usr/sbin/apache2', start: startApache },
  'nginx dav': { program: '/usr/sbin/nginx', start: startNginx },
  'rclone serve webdav': { program: '/usr/bin/rclone', start: startRclone },
} as const

const MODULES = '/usr/lib/apache2/modules'

async function startApache(): Promise<RunningServer> {
  const folder = await serverFolder()
  const port = await freePort()
  for (const name of ['root', 'lock', 'run']) await fs.mkdir(join(folder, name))
  const sha1 = createHash('sha1').update(ACCOUNT.password).digest('base64')
  await fs.writeFile(join(folder, 'passwords'), `${ACCOUNT.user}:{SHA}${sha1}\n`)
  const modules = ['mpm_event', 'authn_core', 'authn_file', 'authz_core', 'authz_user', 'auth_basic', 'dav', 'dav_fs']
  await fs.writeFile(
    join(folder, 'httpd.conf'),
    `ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/run/httpd.pid
Mutex posixsem
ErrorLog ${folder}/error.log
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
${isRoot ? 'User www-data\nGroup www-data' : ''}
StartServers 1
ServerLimit 1
ThreadsPerChild 24
MaxRequestWorkers 24
DavLockDB ${folder}/lock/DavLock
DocumentRoot ${folder}/root
<Directory ${folder}/root>
  Dav On
  AuthType Basic
  AuthName "test"
  AuthUserFile ${folder}/passwords
  Require valid-user
</Directory>
`,
  )
  if (isRoot) {
    const { uid, gid } = await wwwData()
    for (const name of ['root', 'lock', 'run']) await fs.chown(join(folder, name), uid, gid)
  }
  const child = startProgram('/usr/sbin/apache2', ['-f', join(folder, 'httpd.conf'), '-DFOREGROUND'])
  await listening(child, port)
  return { url: new URL(`http://127.0.0.1:${port}/`), folder, stop: () => stopProgram(child, folder) }
}

async function wwwData(): Promise<{ uid: number; gid: number }> {
  const line = (await fs.readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith('www-data:'))
  const [, , uid, gid] = line?.split(':') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

/** Knows no accounts, ignores If-None-Match, and says 500 where a folder is missing. */
async function startNginx(): Promise<RunningServer> {
  const folder = await serverFolder()
  const port = await freePort()
  for (const name of ['root', 'tmp']) await fs.mkdir(join(folder, name))
  await fs.writeFile(
    join(folder, 'nginx.conf'),
    `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;
events {}
http {
  client_body_temp_path ${folder}/tmp;
  client_max_body_size 0;
  access_log off;
  server {
    listen 127.0.0.1:${port};
    location / {
      root ${folder}/root;
      dav_methods PUT DELETE MKCOL COPY MOVE;
      dav_ext_methods PROPFIND OPTIONS;
      create_full_put_path off;
    }
  }
}
`,
  )
  const child = startProgram('/usr/sbin/nginx', ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')])
  await listening(child, port)
  return { url: new URL(`http://127.0.0.1:${port}/`), folder, stop: () => stopProgram(child, folder) }
}

async function startRclone(): Promise<RunningServer> {
  const folder = await serverFolder()
  const root = join(folder, 'root')
  await fs.mkdir(root)
  const { user, password } = ACCOUNT
  const serve = ['serve', 'webdav', root, '--addr', '127.0.0.1:0', '--user', user, '--pass', password]
  const child = startProgram('/usr/bin/rclone', serve.concat('--config', '/dev/null', '--dir-cache-time', '1s'))
  const port = await saying(child, (said) => /127\.0\.0\.1:([1-9]\d*)/.exec(said)?.[1] ?? null)
  return { url: new URL(`http://127.0.0.1:${port}/`), folder, stop: () => stopProgram(child, folder) }
}
