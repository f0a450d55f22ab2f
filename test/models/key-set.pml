// The key set of an issuer: rotation, outage, an emptied set, and a flood of forged key ids
// (src/keys/remote-jwks.ts, src/net/refreshing.ts).
//
// The issuer rotates its key, may be unreachable for a while, and may publish an empty set, by
// mistake for a moment or for good. Requests bring the id of the old key, of the new one, or a
// forged one. A known key is used immediately; an unknown id waits for the next fetch in one of
// few places. A fetch starts when the timer permits it.
//
// claim only_published: A token is accepted only with a key of the newest set that was fetched.
// claim outage_is_503: An unknown key id is refused with 401 only after a fetch that succeeded and began after the token came.
// claim mistake_costs_nothing: One empty set takes no known key out of use.
// claim withdrawn (fair): Keys that the issuer withdrew for good are withdrawn here.
// claim few_wait: No more requests wait than there are places.
// claim one_fetch: No request causes a fetch that the timer does not permit.
// claim answered (fair): Every request that waits gets an answer.
//
// mutation KEEP_OLD breaks only_published: fetched keys are added to the known ones
// mutation OUTAGE_IS_401 breaks outage_is_503: an unknown key id is refused when the fetch fails
// mutation FETCH_UNDER_WAY breaks outage_is_503: a request is answered by the fetch that had begun before it came
// mutation EMPTY_AT_FIRST_SIGHT breaks mistake_costs_nothing: the first empty set withdraws the keys
// mutation EMPTY_IS_OUTAGE breaks withdrawn: an empty set always counts as a failure
// mutation ROOM_FOR_ALL breaks few_wait: everyone may wait
// mutation FETCH_FOR_EACH breaks one_fetch: each unknown key id starts a fetch
// mutation NOT_WOKEN breaks answered: a fetch that fails forgets who waits

#define OLD 1
#define NEW 2
#define FORGED 4
#define PLACES 1
#define BIT(id) (1 << id)

byte published = OLD;     // the set, as bits
bool reachable = true;
bool emptied = false;     // for good
byte held = OLD;          // the keys in use here
byte newest = OLD;        // what the newest fetch brought, confirmed
bool emptySeen = false;   // the newest answer was empty, and the one before was not
bool permit = true;
byte waiting = 0;
byte places = 0;          // the requests that wait, as bits
byte woken = 0;           // those whose fetch has ended
byte informed = 0;        // those whose fetch has succeeded
byte covered = 0;         // those that came before the running fetch began

bool acceptedOther = false;
bool refusedBlindly = false;
bool lostKey = false;
bool fetchedUnasked = false;

inline begin(answer, ok) {
  atomic {
    fetchedUnasked = fetchedUnasked || !permit;
    permit = false;
    covered = places;
    answer = published;
    ok = reachable
  }
}

inline adopt(answer, ok) {
  atomic {
    if
    :: ok && answer == 0 && !emptySeen ->
      emptySeen = true;
#ifdef EMPTY_AT_FIRST_SIGHT
      held = 0
#else
      ok = false
#endif
#ifdef EMPTY_IS_OUTAGE
    :: ok && answer == 0 && emptySeen -> ok = false
#endif
    :: else ->
      if
      :: ok ->
        emptySeen = answer == 0;
        newest = answer;
#ifdef KEEP_OLD
        held = held | answer
#else
        held = answer
#endif
      :: else
      fi
    fi;
#ifdef FETCH_UNDER_WAY
    woken = woken | places;
    informed = (ok -> informed | covered : informed);
#else
    informed = (ok -> informed | covered : informed);
#ifdef NOT_WOKEN
    woken = (ok -> woken | covered : woken);
    places = (ok -> places : places & ~covered);
#else
    woken = woken | covered;
#endif
#endif
    covered = 0
  }
}

active proctype fetcher() {
  byte answer;
  bool ok;
  do
  :: permit -> begin(answer, ok); adopt(answer, ok)
  od
}

active proctype timer() {
  do
  :: !permit -> permit = true
  od
}

active proctype issuer() {
  if :: atomic { published = OLD + NEW } :: true fi;
  if :: atomic { reachable = false } :: true fi;
  if :: atomic { published = 0 } :: true fi;
  if :: atomic { published = OLD } :: atomic { published = NEW } :: true fi;
  atomic { reachable = true };
  if
  :: atomic { published = 0; emptied = true }
  :: atomic { published = NEW }
  fi
}

inline verdict(kid, id, afterFetch) {
  if
  :: (held & kid) != 0 -> acceptedOther = acceptedOther || (newest & kid) == 0
  :: else ->
    if
#ifdef OUTAGE_IS_401
    :: afterFetch ->
#else
#ifdef FETCH_UNDER_WAY
    :: afterFetch && !emptySeen && reachable ->
#else
    :: afterFetch && (informed & BIT(id)) != 0 ->
#endif
#endif
      // 401
      refusedBlindly = refusedBlindly || (informed & BIT(id)) == 0
    :: else // 503
    fi
  fi
}

proctype request(byte kid; byte id) {
  // Whenever it comes, a key that was fetched last is in use.
  atomic { lostKey = lostKey || ((newest & kid) != 0 && (held & kid) == 0) };
  if
  :: atomic { (held & kid) != 0 -> verdict(kid, id, false) }
#ifdef ROOM_FOR_ALL
  :: atomic { (held & kid) == 0 ->
#else
  :: atomic { (held & kid) == 0 && waiting >= PLACES } // 503
  :: atomic { (held & kid) == 0 && waiting < PLACES ->
#endif
      waiting++;
      places = places | BIT(id)
    };
#ifdef FETCH_FOR_EACH
    byte answer;
    bool ok;
    begin(answer, ok);
    adopt(answer, ok);
#endif
    atomic {
      (woken & BIT(id)) != 0;
      verdict(kid, id, true);
      waiting--;
      places = places & ~BIT(id)
    }
  fi
}

init {
  atomic {
    run request(OLD, 0);
    run request(NEW, 1);
    run request(FORGED, 2)
  }
}

ltl only_published { [] !acceptedOther }
ltl outage_is_503 { [] !refusedBlindly }
ltl mistake_costs_nothing { [] !lostKey }
ltl withdrawn { [] (emptied -> <> (held == 0)) }
ltl few_wait { [] (waiting <= PLACES) }
ltl one_fetch { [] !fetchedUnasked }
ltl answered { [] (waiting > 0 -> <> (waiting == 0)) }
