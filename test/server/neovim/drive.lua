-- Drives the language server from Neovim as a person would, and writes what came of it to the file that RESULT names.
-- COMMAND is the server's command as a JSON list. Nothing waits for a time: each step waits for what it leads to.
local result = {}
local LIMIT = 20000

local function finish(failure)
  result.failure = failure
  vim.fn.writefile({ vim.fn.json_encode(result) }, vim.env.RESULT)
  vim.cmd(failure and 'cquit!' or 'qall!')
end

local function wait_for(what, condition)
  if not vim.wait(LIMIT, condition, 20) then
    finish('Neovim waited in vain for ' .. what .. '.')
  end
end

local function text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n'
end

--- Puts the cursor on the first `word`, moved right by `by`.
local function at(word, by)
  vim.fn.cursor(1, 1)
  vim.fn.search('\\V' .. word, 'cW')
  vim.fn.cursor(vim.fn.line('.'), vim.fn.col('.') + by)
end

local ok, problem = pcall(function()
  vim.o.hidden = true
  vim.cmd('edit ' .. vim.fn.fnameescape(vim.env.FILE))
  local id = vim.lsp.start_client({
    name = 'backstep',
    cmd = vim.fn.json_decode(vim.env.COMMAND),
    root_dir = vim.fn.getcwd(),
  })
  vim.lsp.buf_attach_client(0, id)

  wait_for('diagnostics', function()
    return #vim.diagnostic.get(0) > 0
  end)
  result.diagnostics = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    if one.severity == vim.diagnostic.severity.ERROR then
      table.insert(result.diagnostics, { code = one.code, line = one.lnum, source = one.source })
    end
  end

  -- Mends the mistake by hand; the diagnostics have to follow.
  vim.cmd('%s/next: shpi/next: ship/')
  wait_for('the diagnostics to go', function()
    return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }) == 0
  end)

  at('next: ship', 6)
  local answers = vim.lsp.buf_request_sync(0, 'textDocument/completion', vim.lsp.util.make_position_params(), LIMIT)
  result.completion = {}
  for _, item in ipairs(answers[id].result.items) do
    table.insert(result.completion, item.label)
  end

  at('next: ship', 7)
  vim.lsp.buf.definition()
  wait_for('the definition', function()
    return vim.fn.getline('.'):match('^  ship:') ~= nil
  end)
  result.definition = { vim.fn.line('.') - 1, vim.fn.col('.') - 1 }

  at('next: ship', 7)
  vim.lsp.buf.rename('deliver')
  wait_for('the new name', function()
    return text():match('next: deliver') ~= nil
  end)
  result.renamed = text()
  result.others = {}
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local name = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':t')
    if name ~= vim.fn.fnamemodify(vim.env.FILE, ':t') and name ~= '' then
      result.others[name] = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') .. '\n'
    end
  end

  vim.lsp.stop_client(id)
  wait_for('the server to end', function()
    return vim.lsp.get_client_by_id(id) == nil
  end)
end)

finish(not ok and tostring(problem) or nil)
