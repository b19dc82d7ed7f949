import { Suspense } from 'react';

export const dynamic = 'force-dynamic';

// Slow stands for a query that takes its time.
async function Slow() {
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return <p>This came two seconds later.</p>;
}

export default function Page() {
  return (
    <main>
      <h1>A streamed page</h1>
      <p>This is there at once.</p>
      <Suspense fallback={<p>Something is being looked up …</p>}>
        <Slow />
      </Suspense>
    </main>
  );
}
