/**
 * Sends the verification e-mail through the SMTP server at `SMTP_URL`.
 *
 * SMTP knows no idempotency key. So the `Message-ID` is made from the step's: a mail that is sent again, because a crash hid
 * that the server had taken it, is the same mail, and mail servers keep one of a kind.
 */
import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';

interface Context {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/**
 * Sends the token to an address. Raises `mail.rejected` when the server will not have it, and `mail.unavailable` for what may
 * pass.
 */
export async function send(
  { to, token }: { readonly to: string; readonly token: string },
  { idempotencyKey, signal }: Context,
): Promise<{ messageId: string }> {
  const transport = createTransport(process.env['SMTP_URL'] ?? 'smtp://127.0.0.1:2525');
  signal.addEventListener('abort', () => transport.close());
  const id = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32);
  try {
    const { messageId } = await transport.sendMail({
      messageId: `<${id}@accounts.example.org>`,
      from: 'accounts@example.org',
      to,
      subject: 'Verify your address',
      text: `Your token is ${token}\n\nhttps://example.org/verify?token=${token}\n`,
    });
    return { messageId };
  } catch (error) {
    const { responseCode = 0, message } = error as { responseCode?: number; message: string };
    const isFinal = responseCode >= 500;
    throw Object.assign(new Error(message), { type: isFinal ? 'mail.rejected' : 'mail.unavailable' });
  } finally {
    transport.close();
  }
}
