const PLAIN_NAME = 'codekeep-session';
/** By this name, browsers take the cookie only over TLS, for this host alone and for all of its paths. */
const SECURE_NAME = `__Host-${PLAIN_NAME}`;

/** The session token of the request's cookie; over TLS, none that was set without. */
export function sessionToken(cookieHeader: string | undefined, isSecure: boolean): string | undefined {
  const prefix = `${nameOf(isSecure)}=`;
  const cookie = cookieHeader?.split(/; */).find((pair) => pair.startsWith(prefix));
  return cookie?.slice(prefix.length);
}

/** The `Set-Cookie` header that begins a session, or ends it where `token` is empty. */
export function sessionCookie(token: string, expiresAt: Date, isSecure: boolean): string {
  const attributes = ['Path=/', `Expires=${expiresAt.toUTCString()}`, 'HttpOnly', 'SameSite=Strict'];
  if (isSecure) attributes.push('Secure');
  return [`${nameOf(isSecure)}=${token}`, ...attributes].join('; ');
}

function nameOf(isSecure: boolean): string {
  return isSecure ? SECURE_NAME : PLAIN_NAME;
}
