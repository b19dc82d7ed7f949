import Link from 'next/link';

export default function Page() {
  return (
    <main>
      <h1>Next.js on Gatehouse</h1>
      <p>
        This page was made when the app was built. <Link href="/stream">Another one</Link> is made while it is sent.
      </p>
    </main>
  );
}
