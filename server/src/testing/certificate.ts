import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A self-signed certificate of the host with its key, both PEM, by the machine's openssl. */
export function certificateFor(host: string): { certificate: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'madang-certificate-'))
  try {
    const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
    const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},DNS:localhost`]
    const files = ['-keyout', keyFile, '-out', certificateFile]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', ...subject, ...files],
      { stdio: 'ignore' },
    )
    return {
      certificate: readFileSync(certificateFile, 'utf8'),
      key: readFileSync(keyFile, 'utf8'),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
