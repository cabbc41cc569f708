import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'

export type Certificate = Readonly<{ key: string; cert: string }>

const CONFIG = `[ca]
default_ca = here
[here]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
`

/** A certificate authority of a test's own, in a folder of its own. */
export class TestAuthority {
  readonly #folder: string
  readonly cert: string

  constructor(folder: string) {
    this.#folder = folder
    fs.writeFileSync(join(folder, 'ca.conf'), CONFIG)
    fs.writeFileSync(join(folder, 'index.txt'), '')
    fs.writeFileSync(join(folder, 'serial'), '01')
    const subject = ['-subj', '/CN=Test Authority', '-addext', 'basicConstraints=critical,CA:TRUE']
    this.#openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', ...subject)
    this.cert = fs.readFileSync(join(folder, 'ca.pem'), 'utf8')
  }

  /** @param name - as openssl writes alternative names, e.g. `IP:127.0.0.1`; @param end - `YYMMDDHHMMSSZ` */
  sign(name: string, end: string): Certificate {
    this.#openssl(
      'req',
      ...NEW_KEY,
      '-keyout',
      'leaf.key',
      '-out',
      'leaf.csr',
      '-subj',
      '/CN=leaf',
      ...alternative(name),
    )
    const dates = ['-startdate', '200101000000Z', '-enddate', end]
    const keys = ['-cert', 'ca.pem', '-keyfile', 'ca.key']
    this.#openssl('ca', '-batch', '-config', 'ca.conf', ...keys, '-in', 'leaf.csr', '-out', 'leaf.pem', ...dates)
    return this.#read('leaf.key', 'leaf.pem')
  }

  /** One that nobody vouches for. */
  selfSigned(name: string): Certificate {
    const own = ['-keyout', 'own.key', '-out', 'own.pem', '-days', '2', '-subj', '/CN=own']
    this.#openssl('req', '-x509', ...NEW_KEY, ...own, ...alternative(name))
    return this.#read('own.key', 'own.pem')
  }

  #read(key: string, cert: string): Certificate {
    const read = (name: string): string => fs.readFileSync(join(this.#folder, name), 'utf8')
    return { key: read(key), cert: read(cert) }
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'pipe' })
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'] as const

const alternative = (name: string): readonly string[] => ['-addext', `subjectAltName=${name}`]
