// Passkeys (W3C Web Authentication, Level 3): each form that is marked so sends what the browser's own dialogue answers. The forms are
// hidden until a browser that has such a dialogue is known to be there; under a bare network address there is none.
const texts = {
  NotAllowedError: 'Nothing was chosen, or it took too long. Try again.',
  InvalidStateError: 'This device has a passkey for your login already.',
};
const known = window.PublicKeyCredential;
if (known?.parseRequestOptionsFromJSON && /[a-z]/i.test(location.hostname) && !location.hostname.startsWith('['))
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const said = form.querySelector('[aria-live]');
    const button = form.querySelector('button');
    form.hidden = false;
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      said.textContent = '';
      try {
        const asked = await fetch(form.dataset.ask, { method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams() });
        if (asked.ok) {
          const { publicKey } = JSON.parse(await asked.json());
          const made = form.dataset.passkey === 'create'
            ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(publicKey) })
            : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(publicKey) });
          form.elements.answer.value = JSON.stringify(made);
        }
        // Without an answer the portal says what is in the way.
        form.submit();
      } catch (error) {
        said.textContent = texts[error.name] ?? 'This browser could not use a passkey here. Try another way.';
        button.disabled = false;
      }
    });
    // Who comes back to the page may try again.
    addEventListener('pageshow', () => (button.disabled = false));
  }
