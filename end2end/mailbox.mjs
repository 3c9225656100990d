// A real mail server for the tests: takes every mail over SMTP and keeps it as a file.
//   node mailbox.mjs FOLDER      prints its port once it listens

import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const folder = process.argv[2];

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    simpleParser(stream)
      .then(async (mail) => {
        const to = session.envelope.rcptTo.map((recipient) => recipient.address);
        const headers = Object.fromEntries(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]));
        const attachments = mail.attachments.map(({ filename, content }) => ({ filename, content: content.toString('base64') }));
        const kept = {
          to, from: mail.from?.text, subject: mail.subject, text: mail.text, html: mail.html, headers, attachments, at: Date.now(),
        };
        const name = join(folder, `${kept.at}-${randomUUID()}`);
        // A reader must never see half a mail.
        await writeFile(`${name}.part`, JSON.stringify(kept));
        await rename(`${name}.part`, `${name}.json`);
        done();
      })
      .catch(done);
  },
});

server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
