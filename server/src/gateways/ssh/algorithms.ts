import type { Algorithms } from 'ssh2';

/**
 * ssh2 offers host signatures with SHA-1 (`ssh-rsa`) for every RSA key, at the end of its list when the configured list
 * does not name them. A position that is no number keeps them out.
 */
class HostKeyAlgorithms extends Array<string> {
  override indexOf(name: string): number {
    return name === 'ssh-rsa' ? Number.NaN : super.indexOf(name);
  }
}

/**
 * What the server offers, best first: no SHA-1, no CBC, no compression, no group of Diffie-Hellman that costs an
 * unknown client little and the server much.
 */
export const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
  ],
  serverHostKey: HostKeyAlgorithms.from([
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ]) as unknown as NonNullable<Extract<Algorithms['serverHostKey'], readonly unknown[]>>,
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes128-ctr', 'aes192-ctr', 'aes256-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
};
