package org.apache.velocity.runtime.parser.node;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.velocity.context.InternalContextAdapter;
import org.apache.velocity.exception.MethodInvocationException;
import org.apache.velocity.runtime.parser.Parser;

/** A map literal that keeps the order of its entries, in place of Velocity's, whose order is that of hashes. */
public class ASTMap extends SimpleNode {
  public ASTMap(int id) {
    super(id);
  }

  public ASTMap(Parser parser, int id) {
    super(parser, id);
  }

  @Override
  public Object jjtAccept(ParserVisitor visitor, Object data) {
    return visitor.visit(this, data);
  }

  @Override
  public Object value(InternalContextAdapter context) throws MethodInvocationException {
    Map<Object, Object> map = new LinkedHashMap<>();
    for (int i = 0; i + 1 < jjtGetNumChildren(); i += 2) {
      map.put(jjtGetChild(i).value(context), jjtGetChild(i + 1).value(context));
    }
    return map;
  }
}
