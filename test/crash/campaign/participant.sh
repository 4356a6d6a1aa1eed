#!/bin/sh
# A service that keeps what it did in files: `sh participant.sh OPERATION`, in the folder of its files.
#
# Every call is a line of `asked.txt`. `performed/KEY` is there once the effect of an idempotency key is; asked again for
# such a key, the service does nothing and answers as it did. Else its answer is the next line of `answers/OPERATION`, the
# last one then serving all later calls:
#   ok SECONDS     does it after that time
#   lost CODE      does it, and then fails to say so
#   fail CODE      does nothing
operation=$1
key=$(printf '%s' "$IDEMPOTENCY_KEY" | tr '/' '~')
printf '%s %s\n' "$operation" "$key" >> asked.txt
[ -d "performed/$key" ] && { echo '{}'; exit 0; }
count=$(grep -c "^$operation " asked.txt)
answer=$(sed -n "${count}p" "answers/$operation")
[ -n "$answer" ] || answer=$(tail -n 1 "answers/$operation")
set -- $answer
case $1 in
  ok) sleep "$2"; mkdir "performed/$key" 2> /dev/null; echo '{}' ;;
  lost) mkdir "performed/$key" 2> /dev/null; exit "$2" ;;
  *) exit "$2" ;;
esac
