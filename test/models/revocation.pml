// A revocation against requests that are held back, streams, and another process with a cache
// (src/revocation, src/gate/pipeline.ts, src/sessions/open-connections.ts).
//
// Process 0 revokes a token: in its own memory first, then in the store. In both processes
// requests with the token are checked when they arrive, wait for their body, are checked again,
// and served in the step of the last check. Answers of the store travel: what was read may be
// older than what is known by then. An answer is used again for one tick of the clock after it was
// asked for. Each process has an open stream of the token.
//
// claim here_at_once: Once `revoke` was called, its process serves no request with the token.
// claim elsewhere_in_time: A tick after the revocation was stored, the other process serves no request whose last check begins then.
// claim never_taken_back: What a process knows to be revoked stays so.
// claim streams_end (fair): The streams of the token end in both processes.
//
// mutation STORE_FIRST breaks here_at_once: the revoking process remembers it when the store has answered
// mutation NO_SECOND_CHECK breaks here_at_once: a request is not checked again when its body has arrived
// mutation CACHE_FROM_ARRIVAL breaks elsewhere_in_time: an answer counts from its arrival, not from the question
// mutation LATE_ANSWER_WINS breaks never_taken_back: an older answer of the store replaces what is known
// mutation STREAMS_UNWATCHED breaks streams_end: the other process never looks at its open streams

#define CACHE 1
#define LAST 2

byte now = 0;
bool called = false;          // `revoke` was called at process 0
bool stored = false;          // the store has it
byte storedAt = LAST;
bool knows[2];                // the process knows
bool hasAnswer[2];            // the process has an answer of the store that says "not revoked"
byte askedAt[2];
bool open[2] = true;          // the stream

bool servedHere = false;
bool servedElsewhere = false;
bool forgot = false;

// Whether the token is revoked, as process p sees it: memory, cached answer, store.
inline check(p, uncached) {
  atomic {
    begunAt = now;
    asks = !knows[p] && (uncached || !(hasAnswer[p] && now - askedAt[p] < CACHE));
    isRevoked = knows[p]
  };
  if
  :: !asks
  :: asks ->
    atomic { answer = stored };
    atomic {
#ifdef LATE_ANSWER_WINS
      forgot = forgot || (knows[p] && !answer);
      knows[p] = answer;
#else
      knows[p] = knows[p] || answer;
#endif
      hasAnswer[p] = !knows[p];
#ifdef CACHE_FROM_ARRIVAL
      askedAt[p] = now;
#else
      askedAt[p] = begunAt;
#endif
      isRevoked = knows[p]
    }
  fi
}

proctype request(byte p) {
  bool isRevoked, answer, asks;
  byte begunAt;
  check(p, false);
  if
  :: isRevoked
  :: !isRevoked ->
    // The body is held back for as long as its sender likes.
#ifndef NO_SECOND_CHECK
    check(p, false);
#endif
    atomic {
#ifndef NO_SECOND_CHECK
      isRevoked = isRevoked || knows[p];
#endif
      if
      :: !isRevoked ->
        servedHere = servedHere || (p == 0 && called);
        servedElsewhere = servedElsewhere || (p == 1 && stored && begunAt >= storedAt + CACHE)
      :: else
      fi
    }
  fi
}

proctype revoker() {
#ifdef STORE_FIRST
  atomic { called = true };
  atomic { stored = true; storedAt = now };
  atomic { knows[0] = true; open[0] = false }
#else
  atomic { called = true; knows[0] = true; open[0] = false };
  atomic { stored = true; storedAt = now }
#endif
}

// Looks at the open streams of process 1 again and again, without the cache.
proctype watcher() {
  bool isRevoked, answer, asks;
  byte begunAt;
#ifndef STREAMS_UNWATCHED
  do
  :: open[1] ->
    check(1, true);
    if :: isRevoked -> open[1] = false :: else fi
  :: !open[1] -> break
  od
#endif
}

proctype time() {
  do
  :: now < LAST -> now++
  :: now == LAST -> break
  od
}

init {
  atomic {
    run request(0);
    run request(1);
    run revoker();
    run watcher();
    run time()
  }
}

ltl here_at_once { [] !servedHere }
ltl elsewhere_in_time { [] !servedElsewhere }
ltl never_taken_back { [] !forgot }
ltl streams_end { [] (stored -> <> (!open[0] && !open[1])) }
